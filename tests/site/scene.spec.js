// One picture: the element in a foreign page holds the page's stage, shape by shape, and so does the paper.
import { expect, test } from "@playwright/test";

const SCENARIOS = ["reload-while-live", "crash", "lvm-extend", "two-devices", "three-objects"];
const STEPS = 20;

/** Every shape of a drawing: the keys of the groups around it, what and where it is, how it looks and what it says. */
const shapes = (drawing) => {
  // Looks of what a step changed: they move on the page alone.
  const moving = ["changed", "opened", "arrived", "turned-stale", "dirtied", "written", "read", "newly-stale", "newly-lost"];
  const found = [];
  for (const shape of drawing.querySelectorAll("[data-key] :is(rect, path, circle, text)")) {
    const keys = [];
    for (let group = shape.closest("[data-key]"); group && drawing.contains(group); group = group.parentElement.closest("[data-key]")) keys.unshift(group.dataset.key);
    const places = ["x", "y", "width", "height", "rx", "d", "cx", "cy", "r", "textLength"].map((name) => shape.getAttribute(name) ?? "");
    const looks = [...shape.classList].filter((look) => !moving.includes(look)).sort().join(" ");
    // A pattern has the name of its drawing before its own.
    const { fill, fontSize, fontWeight, textAnchor } = getComputedStyle(shape);
    const filled = fill.replace(/url\("#(dmlab-[0-9a-f]+-)?(\w+)"\).*/, "$2");
    found.push([keys.join(" / "), shape.tagName, ...places, looks, filled, fontSize, fontWeight, textAnchor, shape.textContent].join(" | "));
  }
  return found;
};

const ofPage = (page) => page.locator("svg.picture[data-run]").first().evaluate(shapes);

/** A player in a foreign page, so wide that its picture has the form asked for. */
const embedded = async (page, scenario, sharing, width) => {
  await page.goto("/book/bug.html");
  const player = page.locator("dm-cache-lab").first();
  await player.evaluate((p, [name, mode, wide]) => {
    Object.assign(p, { scenario: name, sharing: mode, startAt: "0" });
    p.style.cssText = `width: ${wide}px; max-width: none; --dmlab-max-width: none`;
  }, [scenario, sharing, width]);
  await player.scrollIntoViewIfNeeded();
  await expect.poll(() => player.evaluate((p) => p.state), { timeout: 30_000 }).toBe("live");
  return player;
};

const FORMS = [["whole", 1440, 900, 920, 840, SCENARIOS], ["small", 1280, 720, 720, 640, SCENARIOS.slice(0, 2)], ["narrow", 390, 844, 390, 390, SCENARIOS.slice(0, 2)]];

for (const [form, width, height, player, units, scenarios] of FORMS) {
  for (const scenario of scenarios) {
    for (const sharing of ["off", "on"]) {
      test(`${form} form: the stage and the element hold the same shapes in ${STEPS} steps of ${scenario}, sharing ${sharing}`, async ({ context }) => {
        test.setTimeout(180_000);
        const [page, foreign] = [await context.newPage(), await context.newPage()];
        for (const one of [page, foreign]) {
          await one.setViewportSize({ width, height });
          // No colour on its way to another.
          await one.emulateMedia({ reducedMotion: "reduce", colorScheme: "light" });
        }
        const element = await embedded(foreign, scenario, sharing, player);
        const last = await element.evaluate((p) => p.last);
        // Behind another page no frame is drawn, and what leaves would never be gone.
        await page.bringToFront();
        await page.goto(`/#v=1&s=${scenario}&x=${sharing}&at=0`);
        const slider = page.getByRole("slider", { name: /step/i });
        await expect(slider).toHaveAttribute("aria-valuemax", String(last + 1), { timeout: 30_000 });
        let compared = 0;
        for (let n = 0; n < STEPS; n++) {
          const step = Math.round((last * n) / (STEPS - 1));
          await element.evaluate((p, at) => p.seek(at), step);
          while (Number(await slider.getAttribute("aria-valuenow")) - 1 < step) {
            const before = await slider.getAttribute("aria-valuenow");
            await page.keyboard.press("ArrowRight");
            await expect(slider).not.toHaveAttribute("aria-valuenow", before);
          }
          // An empty machine is a sentence on the page.
          if (await page.locator("svg.picture[data-run]").count() === 0) continue;
          const drawn = element.locator("svg[part=picture]");
          await expect(drawn).toHaveAttribute("viewBox", new RegExp(`^0 0 ${units} `));
          const there = await drawn.locator("g.drawing[data-run]").evaluate(shapes);
          expect(there.length).toBeGreaterThan(5);
          // What leaves fades for a moment.
          await expect(page.locator("svg.picture[data-moving]")).toHaveCount(0);
          expect(there, `step ${step}`).toEqual(await ofPage(page));
          compared += there.length;
        }
        expect(compared).toBeGreaterThan(200);
      });
    }
  }
}

test("on paper the page holds the shapes of its whole stage", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await page.getByRole("button", { name: "Last step" }).click();
  await expect(page.locator(".picture .datum.lost")).toHaveCount(4);
  const onScreen = await ofPage(page);
  await page.setViewportSize({ width: 1024, height: 700 });
  await expect(page.locator("svg.picture.small-stage")).toHaveCount(1);
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await expect(page.locator("svg.picture.small-stage")).toHaveCount(0);
  expect(await ofPage(page)).toEqual(onScreen);
});
