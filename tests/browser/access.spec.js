// axe on every screen, in both themes.
import AxeBuilder from "@axe-core/playwright";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "./page.js";

const image = () => gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v2-4d-swapped.img.gz", import.meta.url)));
const pick = (page, name, buffer) => page.getByLabel("Open image").setInputFiles({ name, mimeType: "application/octet-stream", buffer });

const screens = {
  main: async (page) => {
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
  },
  compare: (page) => page.keyboard.press("c"),
  inspector: (page) => page.locator("[data-row=disk][data-block='0']").click(),
  editor: (page) => page.getByRole("button", { name: "Edit" }).click(),
  help: (page) => page.keyboard.press("?"),
  image: async (page) => {
    await pick(page, "cmeta.img", image());
    await page.locator("[data-inspected]").waitFor();
  },
  refused: async (page) => {
    await pick(page, "nothing.img", Buffer.from("nothing"));
    await page.locator("[data-refused]").waitFor();
  },
};

for (const colorScheme of ["light", "dark"]) {
  for (const [name, show] of Object.entries(screens)) {
    test(`axe finds nothing on ${name}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto("/");
      await page.keyboard.press("End");
      await show(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
    });
  }
}

for (const width of [390, 768, 1024, 1280]) {
  test(`nothing reaches beyond the edge at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto("/");
    await page.keyboard.press("End");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}
