// The theme of the page around an element, read from its colours, so that every generator's switch is followed.

const LUMINANCE_MIDDLE = 0.4;

let brush;

/** Red, green, blue and alpha of any CSS colour, 0 to 255. */
function channels(colour) {
  brush ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  brush.clearRect(0, 0, 1, 1);
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  return brush.getImageData(0, 0, 1, 1).data;
}

/** The parent element, across shadow roots. */
const outer = (node) => node.parentElement ?? node.getRootNode().host ?? null;

/** `light` or `dark`, from the first visible background behind the element, or else from the page's colour scheme. */
export function hostTheme(element) {
  for (let node = element; node; node = outer(node)) {
    const [red, green, blue, alpha] = channels(getComputedStyle(node).backgroundColor);
    if (alpha > 127) {
      const luminance = (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
      return luminance < LUMINANCE_MIDDLE ? "dark" : "light";
    }
  }
  const schemes = getComputedStyle(document.documentElement).colorScheme.split(" ");
  const dark = schemes.includes("dark") && (!schemes.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches);
  return dark ? "dark" : "light";
}

/** Calls back when the page's theme may have changed; returns a function that stops this. */
export function watchTheme(changed) {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const observer = new MutationObserver(changed);
  const attributes = { attributes: true, attributeFilter: ["class", "style", "data-theme", "data-md-color-scheme", "data-bs-theme", "data-color-mode"] };
  for (const node of [document.documentElement, document.body]) observer.observe(node, attributes);
  query.addEventListener("change", changed);
  // A page that fades between themes has its new colour when the fade ends.
  document.addEventListener("transitionend", changed);
  return () => {
    observer.disconnect();
    query.removeEventListener("change", changed);
    document.removeEventListener("transitionend", changed);
  };
}
