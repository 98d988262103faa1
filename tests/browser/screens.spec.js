// Every screen in every size, theme, at 200 % and on paper: `cargo xtask shots --all` writes them for looking at.
import { mkdirSync } from "node:fs";
import { test } from "./page.js";
import { SCREENS, SIZES } from "./screens.js";

const folder = process.env.SCREENS;
test.skip(!folder, "writes pictures, checks nothing");

const at = (step, more = "x=off") => `#v=1&s=reload-while-live&${more}&at=${step}`;

for (const colorScheme of ["light", "dark"]) {
  for (const [size, [width, height, deviceScaleFactor]] of Object.entries(SIZES)) {
    test(`${size}, ${colorScheme}`, async ({ browser, baseURL }) => {
      test.setTimeout(180_000);
      mkdirSync(folder, { recursive: true });
      for (const [name, [hash, act]] of Object.entries(SCREENS)) {
        const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor, baseURL });
        const page = await context.newPage();
        await page.goto(`/${hash}`);
        await page.locator(hash ? "svg.picture, .lanes, .stage, .pasted-lines" : "#landing h1").first().waitFor();
        await act(page);
        await page.waitForTimeout(700);
        await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` });
        await context.close();
      }
    });
  }
}

test("on paper", async ({ page }) => {
  mkdirSync(folder, { recursive: true });
  for (const [name, hash] of [["loss", at(28)], ["compare", at(36, "x=compare")]]) {
    await page.goto(`/?${name}${hash}`);
    await page.locator("svg.picture").first().waitFor();
    await page.pdf({ path: `${folder}/${name}-paper.pdf`, format: "A4" });
  }
});
