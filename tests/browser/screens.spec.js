// Every screen in every size, theme, at 200 % and on paper: `cargo xtask shots --all` writes them for looking at.
import { mkdirSync } from "node:fs";
import { test } from "./page.js";

const folder = process.env.SCREENS;
test.skip(!folder, "writes pictures, checks nothing");

const SIZES = { 1440: [1440, 900], 1280: [1280, 720], 1024: [1024, 768], 390: [390, 844], zoomed: [720, 450] };
const at = (step, more = "x=off") => `#v=1&s=reload-while-live&${more}&at=${step}`;
const SCREENS = {
  landing: ["", async () => {}],
  reload: [at(17), async () => {}],
  loss: [at(28), async () => {}],
  compare: [at(36, "x=compare"), async () => {}],
  end: [at(33), async () => {}],
  question: [at(23), async (page) => {
    for (let i = 0; i < 6 && !(await page.locator("[data-prompt]").count()); i++) {
      await page.keyboard.press("ArrowRight");
      await page.waitForTimeout(200);
    }
  }],
  picker: ["#v=1", async (page) => page.keyboard.press("p")],
  workbench: ["#v=1&s=wrong-block-size&x=on&at=9", async (page) => page.getByRole("button", { name: "Edit", exact: true }).first().click({ timeout: 2000 }).catch(() => {})],
  present: [at(28), async (page) => page.keyboard.press("Shift+P")],
  races: ["#v=1&races=close-open", async () => {}],
};

for (const colorScheme of ["light", "dark"]) {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    test(`${size}, ${colorScheme}`, async ({ browser, baseURL }) => {
      test.setTimeout(180_000);
      mkdirSync(folder, { recursive: true });
      const deviceScaleFactor = size === "zoomed" ? 2 : 1;
      for (const [name, [hash, act]] of Object.entries(SCREENS)) {
        const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor, baseURL });
        const page = await context.newPage();
        await page.goto(`/${hash}`);
        await page.locator(hash ? "svg.picture, .lanes, .stage" : "#landing h1").first().waitFor();
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
