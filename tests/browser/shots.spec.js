// The pictures of the documentation: `cargo xtask shots` writes them into docs/screens.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { test } from "./page.js";

const folder = process.env.SHOTS;
test.skip(!folder, "writes pictures, checks nothing");

const after = (page, text, nth = 0) => page.locator(".statement", { hasText: text }).nth(nth).click();
const image = () => gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v2-4d-swapped.img.gz", import.meta.url)));

const open = async (page, colorScheme, width = 1440, height = 900) => {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.goto("/");
};

for (const scheme of ["light", "dark"]) {
  test(`pictures in ${scheme}`, async ({ page }) => {
    const shot = (name) => page.screenshot({ path: `${folder}/${name}-${scheme}.png`, animations: "disabled" });
    await open(page, scheme);
    await after(page, "dmsetup resume");
    await page.locator("[data-row=disk][data-block='0']").click();
    await shot("main");
    await page.keyboard.press("c");
    await shot("compare");
    await page.getByLabel("Open image").setInputFiles({ name: "cmeta.img", mimeType: "application/octet-stream", buffer: image() });
    await page.locator("[data-inspected]").waitFor();
    await shot("image");
    await page.goto("/#v=1&races=close-open&order=PPPPQPPQ&at=5&x=on");
    await page.reload();
    await page.locator("[data-order]").waitFor();
    await shot("races");
    await open(page, scheme, 390, 844);
    await page.keyboard.press("End");
    await shot("phone");
  });
}
