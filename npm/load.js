// Loads the engine once per page, however many players ask and however many copies of this file there are.
import init, * as engine from "./engine.js";

/** The smallest valid module: a content security policy treats the engine the same way. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
const SHARED = Symbol.for("dm-cache-lab 0.1.0");

export function fail(code, message, cause) {
  const error = new Error(message, { cause });
  error.name = "DmCacheLabError";
  error.code = code;
  return error;
}

/** Supplies the engine's bytes if its file cannot be found: see dev/inside.js. */
let kept = null;
export const keep = (find) => {
  kept = find;
};

/** The engine's file, next to this one or where a bundler put it. */
export async function beside() {
  const address = new URL("./engine_bg.wasm", import.meta.url);
  const response = await fetch(address).catch(() => null);
  // Many servers answer unknown paths with their start page.
  if (response?.ok && !/\bhtml\b/.test(response.headers.get("Content-Type") ?? "")) return response;
  if (kept) return kept();
  throw new Error(`there is no ${address}. The package's folder has to be copied whole; in Vite, optimizeDeps.exclude has to name "dm-cache-lab".`);
}

async function start(find) {
  if (typeof WebAssembly !== "object") throw fail("LOAD", "WebAssembly is not available here.");
  try {
    await WebAssembly.compile(EMPTY);
  } catch (cause) {
    throw fail("POLICY", "The content security policy of this page does not allow WebAssembly: script-src needs 'wasm-unsafe-eval'.", cause);
  }
  try {
    await init({ module_or_path: await find() });
  } catch (cause) {
    throw fail("LOAD", `The engine could not be loaded: ${cause?.message ?? cause}`, cause);
  }
  const { Lab, check, dump, inspect, profiles, scenario, scenarios, version } = engine;
  guard(Lab.prototype);
  return Object.freeze({ Lab, check, dump, inspect, profiles, scenario, scenarios, version });
}

/** After a run is freed, every method says so; freeing it twice is fine. */
function guard(prototype) {
  const freed = new WeakSet();
  const { free } = prototype;
  for (const name of Reflect.ownKeys(prototype).filter((key) => !/^constructor$|^__/.test(String(key)))) {
    const { value, get } = Object.getOwnPropertyDescriptor(prototype, name);
    const own = value ?? get;
    const checked = function (...args) {
      if (freed.has(this)) {
        if (own === free) return undefined;
        throw fail("FREED", "This run was freed: its memory is given back.");
      }
      const result = own.apply(this, args);
      if (own === free) freed.add(this);
      return result;
    };
    Object.defineProperty(prototype, name, get ? { get: checked } : { value: checked });
  }
}

/** `find` locates the engine, unless the caller does. */
export function loader(find) {
  return (source) => {
    globalThis[SHARED] ??= start(source === undefined ? find : () => source).catch((error) => {
      // A later attempt may succeed.
      delete globalThis[SHARED];
      throw error;
    });
    return globalThis[SHARED];
  };
}
