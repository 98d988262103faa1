// Which functions the first picture needs: `cargo xtask split` lets an instrumented program say so, and writes www/later.txt.
import { writeFileSync } from "node:fs";
import { FIRST_PICTURES, test } from "./page.js";

const list = process.env.LATER;
test.skip(!list, "writes a list, checks nothing");

const HEAD = "# CRC-32C of the names of functions that the first picture does not need; written by cargo xtask split";

test("functions that no first picture calls", async ({ page }) => {
  const functions = (await (await page.request.get("/functions.txt")).text()).split("\n");
  const needed = new Set();
  for (const [width, height, path, picture] of FIRST_PICTURES) {
    await page.setViewportSize({ width, height });
    // Another address, not another place in the same page.
    await page.goto("about:blank");
    await page.goto(path);
    await page.locator(picture).first().waitFor();
    const ran = await page.evaluate(async () => {
      const program = await import(new URL(document.querySelector("script[data-app]").dataset.app, document.baseURI));
      const exports = await program.default();
      return Object.keys(exports).filter((name) => name.startsWith("ran:") && exports[name].value).map((name) => Number(name.slice(4)));
    });
    ran.forEach((n) => needed.add(functions[n]));
  }
  const rest = [...new Set(functions)].filter((key) => key && !needed.has(key)).sort();
  console.log(`${functions.length} functions, ${rest.length} of them not for the first picture`);
  writeFileSync(list, `${[HEAD, ...rest].join("\n")}\n`);
});
