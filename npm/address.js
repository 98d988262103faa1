// URLs from attributes. The author of the page wrote them; in an iframe, whoever wrote the iframe's URL.

/** The http(s) URL that the page would resolve this to; null for `javascript:`, `file:` and anything that is not a URL. */
export function webAddress(text) {
  const address = URL.canParse(text, document.baseURI) ? new URL(text, document.baseURI) : null;
  return address && /^https?:$/.test(address.protocol) ? address : null;
}

/** Whether a URL is on the page's own site. A sandboxed page has no origin, but it has a URL. */
export const isOfThisSite = ({ origin }) => origin === self.origin || origin === location.origin;

/** A picture on the page's own site, so that no other site learns about the reader; null otherwise. */
export function pictureAddress(text) {
  const address = webAddress(text);
  return address && isOfThisSite(address) ? address.href : null;
}
