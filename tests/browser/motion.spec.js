// Nothing jumps: scenario 1 played at 1×, frame by frame; and how much the page does in a frame at 4×.
import { workOfFrames } from "./frames.js";
import { expect, test } from "./page.js";

/** Pixels that an element of the stage may move by in a frame of 16 ms. */
const MOST = 24;
/** Milliseconds of work in a frame, of 95 % of the frames. */
const WORK = 10;

const scenario = "/#v=1&s=reload-while-live&x=off";
const playing = (page) => page.getByRole("button", { name: "Pause" });

test("no element of the stage moves by more than 24 pixels from one frame to the next", async ({ page }) => {
  // A minute and a half, and what a slow machine needs beside.
  test.setTimeout(600_000);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(scenario);
  await page.evaluate((most) => {
    const jumps = new Map();
    window.motion = { frames: 0, moved: 0, jumps };
    // What a shape is: its place among its like in groups with the same keys. A table is the same in every slot.
    const name = (shape) => {
      const keys = [];
      for (let group = shape.parentElement; group && group.dataset.key !== undefined; group = group.parentElement) {
        keys.unshift(group.dataset.slot && group.dataset.table ? `table ${group.dataset.table}` : group.dataset.key);
      }
      // What stands in no group with a key is known by its element.
      if (keys.length === 0) return shape;
      const like = [...shape.parentElement.children].filter((other) => other.tagName === shape.tagName);
      return `${keys.join(" / ")} ${shape.tagName} ${like.indexOf(shape)}`;
    };
    let before = new Map();
    let last = performance.now();
    const look = (now) => {
      const places = new Map();
      const at = document.querySelector("[role=slider]").getAttribute("aria-valuenow");
      for (const element of document.querySelectorAll("svg.picture :is(rect, path, circle, text, use, image)")) {
        const { x, y, width, height } = element.getBoundingClientRect();
        if (width === 0 && height === 0) continue;
        // What is not seen is nowhere.
        if (Number(element.getAttribute("opacity") ?? 1) < 0.02) continue;
        places.set(name(element), { x, y, width, height, element });
      }
      // A frame that came late may move things as far as the frames it stands for.
      const frames = Math.max(1, Math.ceil((now - last) / 16.7));
      for (const [key, place] of places) {
        const old = before.get(key);
        // A shape that changes its size grows: its middle is no place.
        if (!old || Math.abs(old.width - place.width) > 1 || Math.abs(old.height - place.height) > 1) continue;
        const far = Math.hypot(place.x - old.x, place.y - old.y);
        if (far > 0.5) window.motion.moved += 1;
        if (far > most * frames + 0.5) {
          const { element } = place;
          const what = `${typeof key === "string" ? key : element.outerHTML.slice(0, 80)} "${(element.textContent || "").slice(0, 24)}"`;
          const seen = jumps.get(what) ?? { times: 0, far: 0, step: at };
          jumps.set(what, { times: seen.times + 1, far: Math.max(seen.far, Math.round(far / frames)), step: seen.step });
        }
      }
      window.motion.frames += 1;
      [before, last] = [places, now];
      window.motion.next = requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, MOST);
  await page.getByRole("button", { name: "Play" }).click();
  await expect(playing(page)).toHaveCount(1);
  // Questions stop it: they are skipped, and it goes on.
  await expect.poll(async () => {
    const goOn = page.getByRole("button", { name: /^(Skip|Go on)$/ });
    if (await goOn.count()) await goOn.first().click();
    const slider = page.getByRole("slider", { name: "Step" });
    return (await slider.getAttribute("aria-valuenow")) === (await slider.getAttribute("aria-valuemax"));
  }, { timeout: 540_000, intervals: [250] }).toBe(true);
  const { frames, moved, jumps } = await page.evaluate(() => ({ frames: window.motion.frames, moved: window.motion.moved, jumps: [...window.motion.jumps] }));
  console.log(`${frames} frames, ${moved} movements, ${jumps.length} kinds of jump`);
  expect(frames, "frames seen").toBeGreaterThan(500);
  // Things do move: tables to their slots, rows of roots to their places.
  expect(moved, "movements seen").toBeGreaterThan(100);
  expect(jumps.map(([what, { times, far, step }]) => `${what}: ${far} px at step ${step}, ${times} times`)).toEqual([]);
});

test("95 % of the frames at 4× take at most 10 ms of work", async ({ page }) => {
  test.setTimeout(120_000);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(scenario);
  for (let i = 0; i < 2; i++) await page.getByRole("button", { name: /^Speed/ }).click();
  await expect(page.getByRole("button", { name: /^Speed/ })).toContainText("4");
  const play = () => page.getByRole("button", { name: "Play" }).click();
  // Time of the thread: what else the machine does is no work of the page's.
  const work = (await workOfFrames(page, play, 8_000, "tdur")).toSorted((a, b) => a - b);
  const total = work.length;
  const at = work[Math.floor(total * 0.95)];
  console.log(`${total} frames: median ${work[Math.floor(total / 2)].toFixed(1)} ms, 95 % ${at.toFixed(1)} ms, worst ${work.at(-1).toFixed(1)} ms`);
  expect(total, "frames seen").toBeGreaterThan(120);
  expect(at).toBeLessThanOrEqual(WORK);
});
