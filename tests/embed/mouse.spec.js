// The player under a hand: its track goes to the step that a real mouse points at.
import { expect, live, test } from "./page.js";

const figure = (page) => page.locator("#figure");

for (const width of [1000, 700, 390]) {
  for (const sharing of ["off", "compare"]) {
    test(`a click on the player's track, and a drag: ${width} px, ${sharing}`, async ({ page }) => {
      await page.setViewportSize({ width, height: 800 });
      await page.goto("/plain.html");
      await figure(page).evaluate((element, sharing) => element.setAttribute("sharing", sharing), sharing);
      await live(figure(page));
      const slider = figure(page).getByRole("slider");
      await slider.scrollIntoViewIfNeeded();
      const number = async (name) => Number(await slider.getAttribute(name));
      const point = async (share) => {
        const box = await slider.boundingBox();
        return [box.x + box.width * share, box.y + box.height / 2];
      };
      const near = (share) => expect.poll(async () => Math.abs((await number("aria-valuenow")) - 1 - share * ((await number("aria-valuemax")) - 1)), { message: `at ${share}` }).toBeLessThanOrEqual(1);
      for (const share of [0.05, 0.15, 0.33, 0.5, 0.75]) {
        await page.mouse.click(...(await point(share)));
        await near(share);
      }
      await page.mouse.move(...(await point(0.2)));
      await page.mouse.down();
      for (const share of [0.4, 0.6]) {
        await page.mouse.move(...(await point(share)), { steps: 4 });
        await near(share);
      }
      const [x, y] = await point(0.9);
      await page.mouse.move(x, y - 150, { steps: 4 });
      await near(0.9);
      await page.mouse.up();
      await page.mouse.move(...(await point(0.1)));
      await near(0.9);
    });
  }
}
