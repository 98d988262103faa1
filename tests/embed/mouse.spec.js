// The element under a hand: real coordinates on its controls, in a page of another site.
import { expect, live, on, test } from "./page.js";

const figure = (page) => page.locator("#figure");
const scrubber = (page) => figure(page).locator(".scrubber");
const position = (page) => on(figure(page), (e) => e.position);

/** The page of another site, with the player where all of its controls can be seen. */
async function open(page, baseURL, width, sharing) {
  await page.setViewportSize({ width, height: 1300 });
  await page.goto(`http://127.0.0.1:${Number(new URL(baseURL).port) + 1}/page?package=${encodeURIComponent(`${baseURL}pkg/`)}`);
  await live(figure(page));
  await on(figure(page), (e, wanted) => { e.sharing = wanted; return e.seek(0); }, sharing);
}

for (const width of [1280, 700, 390]) {
  for (const sharing of ["off", "compare"]) {
    test(`a click on the track goes to the step under it, and so does a drag: ${width} pixels, ${sharing}`, async ({ page, baseURL }) => {
      await open(page, baseURL, width, sharing);
      const last = await on(figure(page), (e) => e.last);
      // One look for all clicks: what is pressed may not move away from under the hand.
      const { x, y, width: wide, height } = await scrubber(page).locator("> svg").boundingBox();
      const at = (share) => [x + (wide * share) / 100, y + height / 2];
      for (const share of [5, 15, 33, 50, 75, 33]) {
        await page.mouse.click(...at(share));
        const there = await position(page);
        expect(there, `${share} %`).toBe(Math.round((last * share) / 100));
        const head = await scrubber(page).locator(".head").boundingBox();
        expect(Math.abs(head.x + head.width / 2 - at(share)[0]), `the playhead at ${share} %`).toBeLessThanOrEqual(wide / last / 2 + 1);
      }
      await page.mouse.move(...at(5));
      await page.mouse.down();
      for (const share of [15, 33, 50, 75]) {
        const [left, top] = at(share);
        await page.mouse.move(left, top + 15, { steps: 4 });
        expect(await position(page), `dragged to ${share} %`).toBe(Math.round((last * share) / 100));
      }
      await page.mouse.move(Math.min(x + wide + 30, width - 1), y);
      expect(await position(page), "dragged beyond the end").toBe(last);
      await page.mouse.up();
      await page.mouse.move(...at(50));
      expect(await position(page), "let go").toBe(last);
    });

    test(`the controls stay where they are from step to step: ${width} pixels, ${sharing}`, async ({ page, baseURL }) => {
      await open(page, baseURL, width, sharing);
      const tops = await on(figure(page), async (e) => {
        const seen = new Map();
        for (let step = 0; step <= e.last; step++) {
          await e.seek(step);
          seen.set(Math.round(e.shadowRoot.querySelector(".transport").getBoundingClientRect().top), step);
        }
        return [...seen];
      });
      expect(tops).toHaveLength(1);
    });
  }
}

test("buttons and keys step and play, and playback stops at a question", async ({ page, baseURL }) => {
  await open(page, baseURL, 1000, "off");
  const press = async (name) => {
    const { x, y, width, height } = await figure(page).getByRole("button", { name, exact: true }).boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
  };
  await press("Step forward");
  await press("Step forward");
  await press("Step back");
  expect(await position(page)).toBe(1);
  await scrubber(page).focus();
  for (const [key, there] of [["ArrowRight", 2], ["ArrowLeft", 1], ["Home", 0], ["End", await on(figure(page), (e) => e.last)]]) {
    await page.keyboard.press(key);
    expect(await position(page), key).toBe(there);
  }
  await page.keyboard.press("Home");
  await on(figure(page), (e) => {
    window.asked = [];
    e.addEventListener("marker", ({ detail }) => detail.kind === "ask" && window.asked.push(detail.text));
    Object.assign(e, { speed: "20", pauseOnMarkers: "ask" });
  });
  await press("Play");
  await expect.poll(() => page.evaluate(() => window.asked)).toEqual(["How many metadata objects will there be after the load?"]);
  await expect(figure(page).getByRole("button", { name: "Play", exact: true })).toBeVisible();
});
