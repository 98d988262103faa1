// What the first picture needs: bytes over the wire, and time on a slow machine.
import { brotliCompressSync, constants } from "node:zlib";
import { readFileSync } from "node:fs";
import { expect, test } from "./page.js";

const KIB = 1024;
/** The most that the first picture may need, compressed. */
const MOST = 350 * KIB;
/** The most it may grow by before somebody has to look, and say so in first-load.json. */
const GROWTH_MAX = 10 * KIB;
const recorded = JSON.parse(readFileSync(new URL("first-load.json", import.meta.url), "utf8"));

const compressed = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }).length;

/** Compressed size of everything that loading the page asks for, by path. */
const load = async (page) => {
  const bodies = [];
  page.on("response", (response) => bodies.push(response.body().then((body) => [new URL(response.url()).pathname, body], () => null)));
  await page.goto("/");
  await page.locator("svg.picture, .stage .empty").first().waitFor();
  const sizes = (await Promise.all(bodies)).filter(Boolean).map(([path, body]) => [path.replace(/-[0-9a-f]{8,}/, ""), compressed(body)]);
  console.log(sizes.map(([path, size]) => `${String(size).padStart(8)} ${path}`).join("\n"));
  return new Map(sizes);
};

const sum = (sizes) => [...sizes].reduce((total, [, size]) => total + size, 0);

test("the first picture needs few bytes, and the machine not many more than when it was last looked at", async ({ page }) => {
  test.setTimeout(120_000);
  const sizes = await load(page);
  // The still picture stands without the program; the machine needs both.
  const program = [...sizes].filter(([path]) => /\.(wasm|js)$/.test(path));
  const still = [...sizes].filter(([path]) => !program.some(([known]) => known === path));
  expect(still.some(([path]) => path.endsWith("still.svg"))).toBe(true);
  console.log(`first picture ${sum(still)}, machine ${sum(sizes)} bytes compressed; recorded ${recorded.still} and ${recorded.machine}`);
  expect(sum(still), "bytes of the first picture").toBeLessThanOrEqual(MOST);
  expect(sum(still) - recorded.still, "growth of the first picture since first-load.json").toBeLessThanOrEqual(GROWTH_MAX);
  expect(sum(sizes) - recorded.machine, "growth of the machine since first-load.json").toBeLessThanOrEqual(GROWTH_MAX);
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
