// Loads the engine: once a page, however many ask, and however many copies of this file there are.
import init, * as engine from "./engine.js";

/** The smallest module there is: what a policy says of it, it says of the engine. */
const EMPTY = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
const SHARED = Symbol.for("dm-cache-lab 0.1.0");

export function fail(code, message, cause) {
  const error = new Error(message, { cause });
  error.name = "DmCacheLabError";
  error.code = code;
  return error;
}

async function start(source) {
  if (typeof WebAssembly !== "object") throw fail("LOAD", "WebAssembly is not available here.");
  try {
    await WebAssembly.compile(EMPTY);
  } catch (cause) {
    throw fail("POLICY", "The content security policy of this page does not allow WebAssembly: script-src needs 'wasm-unsafe-eval'.", cause);
  }
  try {
    await init({ module_or_path: await source });
  } catch (cause) {
    throw fail("LOAD", `The engine could not be loaded: ${cause?.message ?? cause}`, cause);
  }
  const { Lab, check, dump, inspect, profiles, scenario, scenarios, version } = engine;
  return Object.freeze({ Lab, check, dump, inspect, profiles, scenario, scenarios, version });
}

/** `find` gives where the wasm is, if it is not beside engine.js. */
export function loader(find) {
  return (source) => {
    globalThis[SHARED] ??= start(source ?? find?.()).catch((error) => {
      // The next one to ask may have more luck.
      delete globalThis[SHARED];
      throw error;
    });
    return globalThis[SHARED];
  };
}
