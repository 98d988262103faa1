// Addresses that stand in attributes: what a page's author wrote there, or in a frame whoever wrote the frame's address.

/** A file beside this one, where bundlers put it: the site that the player came from. */
const PACKAGE = new URL("./engine_bg.wasm", import.meta.url);

/** An address of the web, as the page would resolve it; null for a script's, a file's, or what is none. */
export function webAddress(text) {
  const address = URL.canParse(text, document.baseURI) ? new URL(text, document.baseURI) : null;
  return address && /^https?:$/.test(address.protocol) ? address : null;
}

/** Whether an address is on the page's site. A sandboxed page has no origin, but an address. */
export const isOfThisSite = ({ origin }) => origin === self.origin || (URL.canParse(location.href) && origin === new URL(location.href).origin);

/** A picture of the page's site, or of the one that the player came from: no other site hears of the reader. Null for the rest. */
export function pictureAddress(text) {
  const address = webAddress(text);
  return address && (isOfThisSite(address) || address.origin === PACKAGE.origin) ? address.href : null;
}
