// Work on an opened image: a very large one, tabs, search, saving, and a machine that runs over it.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import AxeBuilder from "@axe-core/playwright";
import { largeImage } from "./large-image.js";
import { expect, test } from "./page.js";

const recording = (name) => gunzipSync(readFileSync(new URL(`../recordings/6.1/03c-seed-frozen/${name}.img.gz`, import.meta.url)));
const pick = (page, name, buffer) => page.getByLabel("Open image").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
const large = new URL("../../target/playwright-images/large.img", import.meta.url).pathname;

test.describe("an image of 256 MiB", () => {
  test.describe.configure({ mode: "serial", timeout: 240_000 });

  test("is read away from the page, which goes on answering, and is shown whole", async ({ page }) => {
    const mapped = largeImage(large);
    await page.goto("/#v=1");
    // How long the page's own thread was away at most, between two ticks of a clock.
    await page.evaluate(() => {
      let last = performance.now();
      window.longest = 0;
      setInterval(() => {
        const now = performance.now();
        window.longest = Math.max(window.longest, now - last);
        last = now;
      }, 10);
    });
    await page.getByLabel("Open image").setInputFiles(large);
    await expect(page.getByRole("progressbar")).toBeVisible();
    await page.evaluate(() => (window.longest = 0));
    await expect.poll(() => page.getByRole("progressbar").getAttribute("value").catch(() => "1"), { timeout: 60_000 }).not.toBe("0");
    const reading = await page.evaluate(() => window.longest);
    expect(reading, "milliseconds without an answer while it reads").toBeLessThan(500);
    await expect(page.locator("svg.map")).toHaveAttribute("data-blocks", "65536", { timeout: 180_000 });
    await expect(page.locator("[data-errors]")).toHaveAttribute("data-exit-code", "0");
    await expect(page.locator("[data-owner=owner-map]")).toHaveAttribute("data-count", "60241");
    await expect(page.locator(".image-facts")).toContainText(`${mapped}, ${(mapped / 509) * 64} dirty`);
    await page.keyboard.press("g");
    await expect(page.locator("#image-goto")).toBeFocused();
    await page.locator("#image-goto").fill("20000000");
    await page.locator("#image-goto").press("Enter");
    await expect(page.locator("tr[data-cblock='20000000']")).toBeVisible();
    expect(await page.locator("svg.map path").count()).toBeLessThan(100);
  });

  test("can be let go while it is read", async ({ page }) => {
    largeImage(large);
    await page.goto("/#v=1");
    await page.getByLabel("Open image").setInputFiles(large);
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.locator(".sentence")).toBeVisible();
    await page.waitForTimeout(500);
    await expect(page.locator("svg.map")).toHaveCount(0);
  });
});

test("tabs show structure, bytes and XML; the XML can be saved", async ({ page }) => {
  await page.goto("/#v=1");
  await pick(page, "cmeta.img", recording("v2-4d-swapped"));
  await expect(page.locator("[data-tree]")).toBeVisible();
  await expect(page.locator(".image-chart")).toBeVisible();
  await page.getByRole("radio", { name: "Raw" }).click();
  await expect(page.getByLabel("Bytes of the block")).toContainText("00000020  03 c4 18 00");
  await page.getByRole("button", { name: "Next", exact: true }).first().click();
  await expect(page.getByRole("heading", { name: "Block 1" }).first()).toBeVisible();
  await page.getByRole("radio", { name: "XML dump" }).click();
  const text = page.getByLabel("XML", { exact: true });
  await expect(text).toContainText("<superblock uuid=");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save XML" }).click()]);
  expect(download.suggestedFilename()).toBe("cmeta.img.xml");
  expect(readFileSync(await download.path(), "utf8")).toBe(await text.textContent());
});

test("mappings are found by oblock, and one that is not there is named", async ({ page }) => {
  await page.goto("/#v=1");
  await pick(page, "cmeta.img", recording("v2-4d-swapped"));
  const row = page.locator("tr[data-cblock]").nth(2);
  await expect(row).toBeVisible();
  const [cblock, oblock] = await row.locator("td").allTextContents();
  await page.getByLabel("By", { exact: true }).selectOption("oblock");
  const field = page.getByLabel("List mappings from the cblock of oblock");
  await field.fill(oblock);
  await field.press("Enter");
  await expect(page.locator("tr[data-cblock]").first()).toHaveAttribute("data-cblock", cblock);
  await field.fill("987654321");
  await field.press("Enter");
  await expect(page.getByRole("alert")).toContainText("No cblock holds oblock 987654321");
});

test("an image runs in the simulator: the cache has its mappings, and its bytes are what a check sees", async ({ page }) => {
  const image = recording("v2-4d-swapped");
  await page.goto("/#v=1");
  await pick(page, "cmeta.img", image);
  const mapped = (await page.locator(".facts:not(.losses) dd").nth(3).textContent()).split(",")[0];
  await page.getByRole("button", { name: "Activate it in the machine" }).click();
  await expect(page.getByRole("log")).toContainText(` ${mapped}/256 `);
  await expect(page.locator("[data-verdict=check]")).toHaveAttribute("data-failing", "false");
  await page.keyboard.press("Home");
  await page.locator("[data-as-declared]").first().click();
  expect(await page.locator("[data-as-declared=false]").count()).toBe(0);
});

test("the table is proposed from the superblock; the origin's size can be changed; the script has a title of its own and no image", async ({ page }) => {
  const image = recording("v2-4d-swapped");
  await page.goto("/#v=1");
  await pick(page, "my cmeta.img", image);
  const origin = page.getByLabel("Origin, sectors");
  const proposed = Number(await origin.inputValue());
  expect(proposed, "as far as a mapping or a discard reaches").toBeGreaterThanOrEqual(54 * 128);
  await origin.fill(String(proposed + 1280));
  await origin.press("Enter");
  await page.getByRole("button", { name: "Activate it in the machine" }).click();
  await expect(page.getByRole("log")).toContainText(`0 ${proposed + 1280} cache`);
  const script = await page.evaluate(() => document.getElementById("app").dataset.script);
  expect(script).toContain("# my cmeta.img, activated\n");
  expect(script).toContain(`disk meta ${image.length / 512}s from "my cmeta.img"\n`);
  expect(script).toContain(`cache /dev/meta /dev/fast /dev/slow ${image.readUInt32LE(232)} 2 metadata2 writeback smq `);
});

for (const [colorScheme, tabs] of [["light", ["Raw", "XML dump"]], ["dark", ["Structure"]]]) {
  for (const tab of tabs) {
    test(`axe finds nothing on ${tab}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto("/#v=1");
      await pick(page, "cmeta.img", recording("v2-4d-swapped"));
      await page.getByRole("radio", { name: tab }).click();
      await expect(page.locator("[data-inspected]")).toBeVisible();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
    });
  }
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing on the verdict over a damaged image, ${colorScheme}`, async ({ page }) => {
    const image = Buffer.from(recording("v2-4d-swapped"));
    const root = Number(image.readBigUInt64LE(192));
    image[root * 4096 + 40] ^= 1;
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto("/#v=1");
    await pick(page, "damaged.img", image);
    await expect(page.locator(".image-verdict")).toHaveAttribute("data-will", "Refuse");
    await expect(page.locator("[data-inspected]")).toHaveAttribute("data-inspected", String(root));
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
  });
}
