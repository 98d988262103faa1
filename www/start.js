// Starts the page. A file, not an inline script: the page's content security policy forbids those.
const self = document.querySelector("script[data-app]");
const base = document.baseURI;

/** Says what is wrong wherever the page says that it is loading, or before all else where it has stood already. */
const tell = (text) => {
  const places = document.querySelectorAll(".loading");
  for (const place of places.length ? places : [document.body.insertBefore(document.createElement("p"), document.body.firstChild)]) {
    place.className = "loading";
    place.setAttribute("role", "alert");
    place.textContent = text;
  }
};

try {
  const { default: init } = await import(new URL(self.dataset.app, base));
  await init({ module_or_path: new URL(self.dataset.wasm, base) });
} catch (error) {
  // The still picture stays, with the reason under it.
  tell(`The page could not start: ${error}`);
  throw error;
}
