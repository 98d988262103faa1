// Starts the page. A file, not an inline script: the page's content security policy forbids those.
const self = document.querySelector("script[data-app]");
const base = document.baseURI;

/** Says what is wrong where the page says that it is loading, or before all else where it has stood already. */
const tell = (text) => {
  const place = document.querySelector(".loading") ?? document.body.insertBefore(document.createElement("p"), document.body.firstChild);
  place.className = "loading";
  place.setAttribute("role", "alert");
  place.textContent = text;
};

try {
  const [{ default: init }, { later }] = await Promise.all([import(new URL(self.dataset.app, base)), import(new URL("rest.js", base))]);
  const missing = (error) => tell(`A part of the page could not be loaded: ${error.message} Load the page again to go on.`);
  const rest = self.dataset.rest && later(new URL(self.dataset.rest, base), missing);
  await init({ module_or_path: new URL(self.dataset.wasm, base) });
  // Where this fails, the function that needs the rest tries again, and it is said then.
  if (rest) requestAnimationFrame(() => setTimeout(() => rest().catch(() => {})));
} catch (error) {
  // The still picture stays, with the reason under it.
  tell(`The page could not start: ${error}`);
  throw error;
}
