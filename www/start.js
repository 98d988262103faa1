// Starts the page. A file, not an inline script: the page's content security policy forbids those.
const self = document.querySelector("script[data-app]");
const base = document.baseURI;

try {
  const { default: init } = await import(new URL(self.dataset.app, base));
  await init({ module_or_path: new URL(self.dataset.wasm, base) });
} catch (error) {
  const place = document.getElementById("app");
  const text = document.createElement("p");
  text.className = "loading";
  text.setAttribute("role", "alert");
  text.textContent = `The page could not start: ${error}`;
  place.replaceChildren(text);
  throw error;
}
