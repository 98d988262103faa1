// The second part of the program (xtask/split): fetched once the first picture stands, or at once where it is needed sooner.

/** Reads a file before anything else happens: a function that runs now needs it. */
const now = (url) => {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  // A synchronous request in a page gives text alone: let every byte be one character of it.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${url} answers ${request.status} ${request.statusText}.`);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0));
};

/** Gives the program its way to the part at `url`; what it returns fetches that part ahead of need. */
export const later = (url, missing = () => {}) => {
  let part;
  globalThis.loadRest = (first) => {
    try {
      part ??= new WebAssembly.Module(now(url));
      new WebAssembly.Instance(part, { first });
    } catch (error) {
      missing(error);
      throw error;
    }
  };
  return async () => {
    const compiled = await WebAssembly.compileStreaming(fetch(url));
    part ??= compiled;
  };
};
