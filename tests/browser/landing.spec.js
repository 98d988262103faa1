// The first visit: one sentence, the picture of the loss and four ways in, by hand and by keyboard, before and after the program runs.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import AxeBuilder from "@axe-core/playwright";
import { expect, hasRun, test } from "./page.js";

const landing = (page) => page.locator("#landing");
const sentence = (page) => page.getByRole("heading", { level: 1, name: "Before 2015, reloading a live cache table could silently lose data." });
const way = (page, name) => page.locator(".way", { hasText: name });
const slider = (page) => page.getByRole("slider", { name: "Step" });
const step = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));
const image = () => ({ name: "cmeta.img", mimeType: "application/octet-stream", buffer: gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v2-4d-swapped.img.gz", import.meta.url))) });

test("without a link the page opens on the loss, and four ways lead in", async ({ page }) => {
  await page.goto("/");
  await expect(sentence(page)).toBeVisible();
  await expect(page.getByRole("img", { name: /four blocks are lost/ })).toBeVisible();
  await expect(landing(page)).toContainText("4 blocks lost: 50–53");
  await expect(page.locator(".page")).toBeHidden();
  await way(page, "Watch how it happens").click();
  await expect(landing(page)).toBeHidden();
  await expect.poll(() => step(page), "it plays").toBeGreaterThan(1);
  await expect(page.getByRole("radio", { name: /^Off/ })).toBeChecked();
  await page.locator(".bar .brand").click();
  await expect(sentence(page)).toBeVisible();
  await way(page, "Compare with the fix").click();
  await expect(page.locator("svg.picture").or(page.locator(".half .empty")).first()).toBeVisible();
  await expect(page.getByRole("radio", { name: "Compare" })).toBeChecked();
  await page.goBack();
  await way(page, "Try commands").click();
  await expect(page.locator(".stage .empty")).toContainText("The disks meta, cache, origin are there");
  expect(await step(page)).toBe(1);
});

test("the metadata image that is picked or dropped there opens, and the logo leads back", async ({ page }) => {
  await page.goto("/");
  const chooser = page.waitForEvent("filechooser");
  await way(page, "Open my metadata image").click();
  await (await chooser).setFiles(image());
  await expect(page.locator(".image-name")).toHaveText("cmeta.img");
  await expect(landing(page)).toBeHidden();
  await page.locator(".bar .brand").click();
  await expect(sentence(page)).toBeVisible();
  const data = await page.evaluateHandle((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "dropped.img"));
    return data;
  }, [...image().buffer.subarray(0, 65536)]);
  await landing(page).dispatchEvent("drop", { dataTransfer: data });
  await expect(page.locator(".image-name")).toHaveText("dropped.img");
});

test("a link opens what it says and never the landing; an address without one, the landing", async ({ page }) => {
  for (const hash of ["#v=1", "#v=1&s=safe-order&x=off", "#v=1&races=close-open", "#v=1&s=no-such-scenario", "#nonsense"]) {
    await page.goto(`/?${encodeURIComponent(hash)}${hash}`);
    await expect(page.locator(".page"), hash).toBeVisible();
    await expect(landing(page), hash).toBeHidden();
  }
  await page.goto("/?2#");
  await expect(sentence(page)).toBeVisible();
});

test("the keyboard leads in and back, and no key reaches the machine behind the landing", async ({ page }) => {
  await page.goto("/");
  const machine = () => page.locator("#app [role=slider]").getAttribute("aria-valuetext");
  const before = await machine();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("c");
  expect(await machine()).toBe(before);
  await page.keyboard.press("Tab");
  await expect(way(page, "Watch how it happens")).toBeFocused();
  for (const next of ["Compare with the fix", "Try commands on an empty machine"]) {
    await page.keyboard.press("Tab");
    await expect(way(page, next)).toBeFocused();
  }
  await page.keyboard.press("Tab");
  await expect(page.locator("#own-image")).toBeFocused();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(page.locator(".page")).toBeVisible();
  await expect(page.locator(".stage .empty")).toContainText("no device is mapped");
});

test("the ways in are there before the program is, and lead where they say once it is", async ({ page }) => {
  let go;
  const held = new Promise((resolve) => { go = resolve; });
  await page.route("**/*.wasm", async (route) => { await held; await route.continue(); });
  const opened = page.goto("/");
  await way(page, "Watch how it happens").click();
  await expect(page.getByText("dm-cache-lab is loading")).toBeVisible();
  await page.goBack();
  await page.locator("#own-image").setInputFiles(image());
  go();
  await opened;
  await expect(page.locator(".image-name")).toHaveText("cmeta.img");
});

for (const theme of ["light", "dark"]) {
  test(`it fits at every width without a sideways scroll, and axe finds nothing, ${theme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const [width, height] of [[1440, 900], [1280, 720], [1024, 768], [390, 844]]) {
      await page.setViewportSize({ width, height });
      await page.goto("/?" + width);
      await expect(sentence(page)).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${width}`).toBe(true);
      const first = await way(page, "Watch how it happens").boundingBox();
      expect(first.y + first.height, `the first way in is in sight at ${width}`).toBeLessThanOrEqual(height);
      if (width > 1000) {
        const last = await way(page, "Open my metadata image").boundingBox();
        expect(last.y + last.height, `all ways are in sight at ${width}`).toBeLessThanOrEqual(height);
      } else {
        expect(first.height).toBeGreaterThanOrEqual(44);
      }
      const small = await landing(page).evaluate((e) => [...e.querySelectorAll("*")].filter((x) => [...x.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(x).fontSize) < 11).map((x) => x.textContent));
      expect(small).toEqual([]);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => [v.id, v.nodes.map((n) => n.html)])).toEqual([]);
    }
  });
}

test("the theme that was chosen is there from the first picture on", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/#v=1");
  await page.keyboard.press("t");
  await page.keyboard.press("t");
  await page.route("**/*.wasm", () => {});
  await page.evaluate(() => history.replaceState(null, "", "/"));
  await page.reload();
  await expect(sentence(page)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
});
