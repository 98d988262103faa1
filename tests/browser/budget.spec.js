// What the page needs until the machine runs: bytes over the wire, and time on a slow machine.
import { brotliCompressSync, constants } from "node:zlib";
import { expect, test } from "./page.js";

// The most that may be asked for until the machine runs, compressed: 350 KiB for the first of two parts which a splitter of our own cut
// after linking; 620 KB since the program is one; 690 KB with landing, list of scenarios, captions and their terms, questions, workbench and
// an image's verdict; 740 KB with a stage that moves, pasted lines, the trace in words, reasons why nothing moves, and the metadata
// tools in the console; 800 KB with LVM's first commands (40 KB) and the machine of a pasted line; now 830 KB, with a cached volume's whole
// life in LVM's words (caches on volumes, sizes, repair: 25 KB), slow disks and the striped target. On a machine four times as slow the first picture stands after 0.5 to 0.7 s and the machine after 1.1 to 1.3 s.
const MOST = 830_000;

const compressed = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;

test("the machine runs after few bytes", async ({ page }) => {
  test.setTimeout(120_000);
  const bodies = [];
  page.on("response", (response) => bodies.push(response.body().then((body) => [new URL(response.url()).pathname, compressed(body)], () => null)));
  // The landing, and the machine that starts behind it.
  await page.goto("/");
  await page.locator("svg.picture, .stage .empty").first().waitFor({ state: "attached" });
  const sizes = (await Promise.all(bodies)).filter(Boolean);
  console.log(sizes.map(([path, size]) => `${String(size).padStart(8)} ${path}`).join("\n"));
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  console.log(`${total} bytes compressed, at most ${MOST}`);
  expect(sizes.filter(([path]) => path.endsWith(".wasm"))).toHaveLength(1);
  expect(total).toBeLessThanOrEqual(MOST);
});

test("the first picture stands within a second on a machine four times as slow", async ({ browser, baseURL }) => {
  test.setTimeout(120_000);
  const times = [];
  // The best of five: other work on the machine is not the page's.
  for (let i = 0; i < 5; i++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    await page.addInitScript(() => {
      new MutationObserver((_, observer) => {
        if (!document.querySelector("svg.picture, .stage .empty")) return;
        observer.disconnect();
        requestAnimationFrame(() => (window.machine = performance.now()));
      }).observe(document, { childList: true, subtree: true });
    });
    await page.goto(baseURL);
    const machine = await page.waitForFunction(() => window.machine).then((handle) => handle.jsonValue());
    const picture = await page.evaluate(() => performance.getEntriesByType("paint").find((e) => e.name === "first-contentful-paint").startTime);
    times.push({ picture, machine });
    await context.close();
  }
  const list = (what) => times.map((t) => Math.round(t[what])).join(", ");
  console.log(`first picture after ${list("picture")} ms, the machine after ${list("machine")} ms`);
  expect(Math.min(...times.map((t) => t.picture))).toBeLessThan(1000);
});

test("where the program cannot run, the still picture stays, with the reason", async ({ browser, baseURL }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto(baseURL);
  await expect(page.getByRole("alert")).toContainText("The page could not start");
  await expect(page.getByRole("img", { name: /four blocks are lost/ })).toBeVisible();
  await context.close();
});
