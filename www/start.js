// Starts the page. A file, not an inline script: the page's content security policy forbids those.
const self = document.querySelector("script[data-app]");
const base = document.baseURI;

try {
  const { default: init } = await import(new URL(self.dataset.app, base));
  await init({ module_or_path: new URL(self.dataset.wasm, base) });
} catch (error) {
  // The still picture stays, with the reason under it.
  const text = document.querySelector(".loading") ?? document.getElementById("app").appendChild(document.createElement("p"));
  text.className = "loading";
  text.setAttribute("role", "alert");
  text.textContent = `The page could not start: ${error}`;
  throw error;
}
