// The iframe form. Its URL says what to show, messages say what to do; book/src/reference/element.md describes the protocol.
import "./element.js";

export const PROTOCOL = "dm-cache-lab/1";
const ATTRIBUTES = ["scenario", "sharing", "profile", "seed", "start-at", "speed", "autoplay", "controls", "poster", "view", "markers", "pause-on-markers", "lab"];
const METHODS = { play: 0, pause: 0, step: 1, back: 1, seek: 1, run: 1, reset: 0, snapshot: 0 };
const EVENTS = ["ready", "step", "marker", "expect", "end", "error"];
const TEXT_MAX = 256 * 1024;

const asked = new URLSearchParams(location.search);
/** With `origin=…` only that page may send messages; without it any embedding page may, since there is nothing secret here. */
const only = asked.get("origin");

const player = document.createElement("dm-cache-lab");
for (const name of ATTRIBUTES) if (asked.has(name)) player.setAttribute(name, asked.get(name));
const theme = asked.get("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
else if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.dataset.theme = "dark";
const script = asked.get("script");
if (script && script.length <= TEXT_MAX) {
  const holder = document.createElement("script");
  holder.type = "text/dm-cache-lab";
  holder.textContent = script;
  player.append(holder);
}

/** Where answers go; null until the embedding page has sent a message. */
let listener = null;
const post = (message) => {
  // A page with an opaque origin cannot be addressed by origin.
  if (listener) parent.postMessage({ protocol: PROTOCOL, ...message }, listener === "null" ? "*" : listener);
};
for (const event of EVENTS) player.addEventListener(event, ({ detail }) => post({ event, detail }));
new ResizeObserver(() => post({ event: "size", detail: { height: document.documentElement.scrollHeight } })).observe(document.documentElement);

const isPlain = (data) => typeof data === "object" && data !== null && Object.getPrototypeOf(data) === Object.prototype;
const isWord = (value) => (typeof value === "string" && value.length <= TEXT_MAX) || Number.isFinite(value);

/** What is wrong with a message to us; undefined if it is valid. */
function refused({ id, method, args = [] }) {
  if (!Number.isSafeInteger(id)) return "id: a whole number is wanted";
  if (method === "hello") return null;
  if (typeof method !== "string" || !Object.hasOwn(METHODS, method)) return `method: one of hello, ${Object.keys(METHODS).join(", ")} is wanted`;
  if (!Array.isArray(args) || args.length > METHODS[method] || !args.every(isWord)) return `args: at most ${METHODS[method]} texts or numbers are wanted`;
  return null;
}

addEventListener("message", async ({ source, origin, data }) => {
  if (source !== parent || source === window) return;
  if (only && origin !== only) return;
  if (!isPlain(data) || data.protocol !== PROTOCOL) return;
  listener = origin;
  const { id, method, args = [] } = data;
  const wrong = refused(data);
  if (wrong) return post({ id: Number.isSafeInteger(id) ? id : null, error: { code: "MESSAGE", message: wrong } });
  try {
    const result = method === "hello" ? { state: player.state, position: player.position, last: player.last } : await player[method](...args);
    post({ id, result });
  } catch (error) {
    post({ id, error: { code: error.code ?? "ERROR", message: error.message } });
  }
});

document.body.append(player);
