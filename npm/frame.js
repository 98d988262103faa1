// The other side of embed.html: calls the methods of a player in an iframe and listens to its events.

const PROTOCOL = "dm-cache-lab/1";
const PATIENCE_MS = 30_000;
const HELLO_MS = 250;

/** Connects to an iframe whose page is embed.html; resolves when it answers. */
export async function connect(iframe) {
  const events = new EventTarget();
  const waiting = new Map();
  // A sandboxed page without allow-same-origin has the origin "null", to which no message can be addressed.
  const sandboxed = iframe.hasAttribute("sandbox") && !iframe.sandbox.contains("allow-same-origin");
  const target = sandboxed ? "*" : new URL(iframe.src, document.baseURI).origin;
  const expected = sandboxed ? "null" : target;
  let next = 1;

  const hear = ({ source, origin, data }) => {
    if (source !== iframe.contentWindow || origin !== expected || data?.protocol !== PROTOCOL) return;
    if (typeof data.event === "string") events.dispatchEvent(new CustomEvent(data.event, { detail: data.detail }));
    const call = waiting.get(data.id);
    if (!call) return;
    waiting.delete(data.id);
    if (data.error) call.reject(Object.assign(new Error(data.error.message), { name: "DmCacheLabError", code: data.error.code }));
    else call.resolve(data.result);
  };
  addEventListener("message", hear);

  const call = (method, ...args) => new Promise((resolve, reject) => {
    const id = next++;
    waiting.set(id, { resolve, reject });
    setTimeout(() => waiting.delete(id) && reject(new Error(`${method}: no answer`)), PATIENCE_MS);
    iframe.contentWindow.postMessage({ protocol: PROTOCOL, id, method, args }, target);
  });
  const greet = async () => {
    // The page may still be loading: repeat until it answers.
    for (let tries = 0; tries < PATIENCE_MS / HELLO_MS; tries++) {
      const hello = call("hello").catch(() => null);
      const answer = await Promise.race([hello, new Promise((resolve) => setTimeout(resolve, HELLO_MS))]);
      if (answer) return;
    }
    throw new Error("the page in the iframe does not answer");
  };
  await greet();
  return {
    call,
    addEventListener: events.addEventListener.bind(events),
    removeEventListener: events.removeEventListener.bind(events),
    close: () => removeEventListener("message", hear),
  };
}
