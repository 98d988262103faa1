// A scenario by its name in the library, or by an address on the same site.
import { fail } from "./load.js";

const LONGEST = 256 * 1024;

/** Whether an attribute means a file, not a name: names have neither dots nor slashes. */
const isAddress = (scenario) => /[./]/.test(scenario);

export async function source(scenario) {
  if (!scenario) throw fail("NO_SCENARIO", "The element has neither a scenario attribute nor a script inside.");
  if (!isAddress(scenario)) return { name: scenario };
  const address = new URL(scenario, document.baseURI);
  if (address.origin !== location.origin) throw fail("ORIGIN", `${address.host} is another site: a scenario comes from this one.`);
  const response = await fetch(address, { credentials: "same-origin" }).catch((cause) => {
    throw fail("NO_SCENARIO", `${scenario} could not be fetched: ${cause.message}`, cause);
  });
  if (!response.ok) throw fail("NO_SCENARIO", `${scenario} could not be fetched: ${response.status} ${response.statusText}`);
  const text = await response.text();
  if (text.length > LONGEST) throw fail("SCRIPT", `${scenario} is longer than a script may be.`);
  return { text, name: address.pathname.split("/").pop() };
}
