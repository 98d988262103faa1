// A scenario by its name in the library, or by a URL on the same site.
import { isOfThisSite, webAddress } from "./address.js";
import { fail } from "./load.js";

const LONGEST = 256 * 1024;

/** Whether an attribute means a file rather than a name: names have no dots and no slashes. */
const isAddress = (scenario) => /[./]/.test(scenario);

/** The text of a response, up to the length a script may have; a longer one is not read further. */
async function read(response, scenario, unreached) {
  const parts = [];
  let length = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read().catch(unreached);
    if (done) break;
    parts.push(value);
    length += value.length;
    if (length > LONGEST) {
      reader.cancel().catch(() => {});
      throw fail("SCRIPT", `${scenario} is longer than a script may be: ${LONGEST >> 10} KiB.`);
    }
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(parts).arrayBuffer());
  } catch (cause) {
    throw fail("SCRIPT", `${scenario} is no text in UTF-8.`, cause);
  }
}

/** `{ name }` from the library, or `{ text, name }` from a file. `signal` cancels the request. */
export async function source(scenario, signal) {
  if (!scenario) throw fail("NO_SCENARIO", "The element has neither a scenario attribute nor a script inside.");
  if (!isAddress(scenario)) return { name: scenario };
  const address = webAddress(scenario);
  if (!address) throw fail("NO_SCENARIO", `${scenario} is no address that a scenario can be fetched from.`);
  if (!isOfThisSite(address)) throw fail("ORIGIN", `${address.host} is another site: a scenario comes from this one.`);
  const unreached = (cause) => {
    throw fail("NO_SCENARIO", `${scenario} could not be fetched: ${cause.message}`, cause);
  };
  // A redirect could lead to any site.
  const response = await fetch(address, { credentials: "same-origin", redirect: "manual", signal }).catch(unreached);
  if (response.type === "opaqueredirect") throw fail("ORIGIN", `${scenario} is redirected: name the address where the scenario is.`);
  if (!response.ok) throw fail("NO_SCENARIO", `${scenario} could not be fetched: ${response.status} ${response.statusText}`);
  return { text: await read(response, scenario, unreached), name: address.pathname.split("/").pop() };
}
