// Presenting: the stage on the whole screen, keys only, controls while the pointer moves, large enough for the last row.
import { expect, test } from "./page.js";

const slider = (page) => page.getByRole("slider", { name: "Step" });
const presenting = (page) => page.locator(".page.presenting");
const LOSS = "#v=1&s=reload-while-live&x=off&at=33";

test("Shift P and the button begin it, Esc and End end it, and the moment stays", async ({ page }) => {
  await page.goto("/" + LOSS);
  await page.keyboard.press("Shift+P");
  await expect(presenting(page)).toBeVisible();
  await expect(page.getByRole("heading", { level: 1, name: "Reload while live" })).toBeVisible();
  for (const gone of [".bar", "section.script", ".inspector", ".legend"]) await expect(page.locator(gone)).toBeHidden();
  await page.keyboard.press("ArrowLeft");
  await expect(slider(page)).toHaveAttribute("aria-valuenow", "33");
  await page.keyboard.press("Escape");
  await expect(presenting(page)).toHaveCount(0);
  await expect(page.locator("section.script")).toBeVisible();
  await expect(slider(page)).toHaveAttribute("aria-valuenow", "33");
  const { x, y, width, height } = await page.getByRole("button", { name: "Present" }).boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await expect(presenting(page)).toBeVisible();
  await page.mouse.move(700, 300);
  await page.getByRole("button", { name: "End" }).click();
  await expect(presenting(page)).toHaveCount(0);
});

test("controls show while the pointer moves, and are gone again soon after", async ({ page }) => {
  await page.goto("/" + LOSS);
  await page.keyboard.press("Shift+P");
  const play = page.getByRole("button", { name: "Play" });
  await expect(play).toBeHidden();
  await page.mouse.move(500, 300);
  await page.mouse.move(520, 310);
  await expect(play).toBeVisible();
  await expect(play).toBeHidden({ timeout: 6_000 });
  await page.keyboard.press("Space");
  await expect(slider(page)).not.toHaveAttribute("aria-valuenow", "46", { timeout: 8_000 });
});

for (const [width, height] of [[1920, 1080], [1440, 900], [1280, 720], [1024, 768]]) {
  for (const x of ["off", "compare"]) {
    test(`at ${width}×${height}, ${x}: picture, verdicts and a large caption, all on the screen`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await page.goto(`/#v=1&s=reload-while-live&x=${x}&at=45`);
      await page.keyboard.press("Shift+P");
      const size = (locator) => locator.evaluate((e) => parseFloat(getComputedStyle(e).fontSize));
      expect(await size(page.locator(".sentence"))).toBeGreaterThanOrEqual(width >= 1920 ? 24 : 18);
      const inside = async (locator) => {
        for (const one of await locator.all()) {
          const box = await one.boundingBox();
          expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1, JSON.stringify(box)).toBe(true);
        }
      };
      await inside(page.locator("svg.picture"));
      await inside(page.locator("[data-verdict]"));
      await inside(page.locator(".sentence"));
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      const caption = await page.locator(".sentence").evaluate((e) => ({ said: e.scrollHeight, room: e.clientHeight }));
      expect(caption.said).toBeLessThanOrEqual(caption.room + 2);
      if (x === "off") await expect(page.locator("svg.picture .datum.lost").first()).toBeVisible();
    });
  }
}

test("a question in front of an audience is as large, and answered by its key", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off&at=20");
  await page.keyboard.press("Shift+P");
  for (let i = 0; i < 40 && !(await page.locator("[data-prompt]").count()); i++) {
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(60);
  }
  const dock = page.locator("[data-prompt]");
  expect(await dock.locator("#question").evaluate((e) => parseFloat(getComputedStyle(e).fontSize))).toBeGreaterThanOrEqual(18);
  await page.keyboard.press("2");
  await expect(dock.getByRole("status")).toContainText("Right, without the fix.");
});
