// Addresses that stand in attributes: what a page's author wrote there, or in a frame whoever wrote the frame's address.

/** An address of the web, as the page would resolve it; null for a script's, a file's, or what is none. */
export function webAddress(text) {
  const address = URL.canParse(text, document.baseURI) ? new URL(text, document.baseURI) : null;
  return address && /^https?:$/.test(address.protocol) ? address : null;
}

/** Whether an address of the web is on the page's site. A sandboxed page has no origin of its own, but an address. */
export const isOfThisSite = ({ origin }) => origin === self.origin || origin === location.origin;

/** A picture of the page's site: no other site hears of the reader. Null for the rest. */
export function pictureAddress(text) {
  const address = webAddress(text);
  return address && isOfThisSite(address) ? address.href : null;
}
