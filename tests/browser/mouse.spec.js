// The page under a hand: real coordinates of a real mouse, and of a finger, on everything that is drawn to be pointed at.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "./page.js";

const SHARES = [0.05, 0.15, 0.33, 0.5, 0.75];
const slider = (page) => page.getByRole("slider", { name: "Step" });
const number = async (page, name) => Number(await slider(page).getAttribute(name));
/** The step that stands at a share of the track, counted from 1. */
const stepAt = async (page, share) => Math.round(share * ((await number(page, "aria-valuemax")) - 1)) + 1;
const near = async (page, share) => {
  const wanted = await stepAt(page, share);
  await expect.poll(async () => Math.abs((await number(page, "aria-valuenow")) - wanted), { message: `step ${wanted} at ${share}` }).toBeLessThanOrEqual(1);
};
/** A point at shares of an element's width and height. */
const point = async (locator, x, y) => {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  return [box.x + box.width * x, box.y + box.height * y];
};

for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
  for (const sharing of ["off", "compare"]) {
    test(`a click on the track goes to the step under the mouse, and a drag follows it: ${width} px, ${sharing}`, async ({ page }) => {
      await page.setViewportSize({ width, height });
      await page.goto(`/#v=1&s=reload-while-live&x=${sharing}`);
      for (const share of SHARES) {
        await page.mouse.click(...(await point(slider(page), share, 0.5)));
        await near(page, share);
      }
      await page.mouse.move(...(await point(slider(page), 0.2, 0.5)));
      await page.mouse.down();
      for (const share of [0.3, 0.45, 0.6]) {
        await page.mouse.move(...(await point(slider(page), share, 0.5)), { steps: 4 });
        await near(page, share);
      }
      // The pointer is held: it may leave the track, and the page, on the way.
      const [x, y] = await point(slider(page), 0.8, 0.5);
      await page.mouse.move(x, y - 200, { steps: 4 });
      await near(page, 0.8);
      await page.mouse.up();
      await page.mouse.move(...(await point(slider(page), 0.1, 0.5)));
      await near(page, 0.8);
    });
  }
}

test("another button of the mouse moves nothing", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off&at=7");
  await page.mouse.click(...(await point(slider(page), 0.75, 0.5)), { button: "right" });
  expect(await number(page, "aria-valuenow")).toBe(8);
});

test.describe("a finger", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });
  test("goes to the step that it touches, and draws the playhead along", async ({ page }) => {
    await page.goto("/#v=1&s=reload-while-live&x=off");
    for (const share of SHARES) {
      await page.touchscreen.tap(...(await point(slider(page), share, 0.5)));
      await near(page, share);
    }
    const client = await page.context().newCDPSession(page);
    const touch = async (type, share) => {
      const [x, y] = await point(slider(page), share, 0.5);
      await client.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x, y }] });
    };
    await touch("touchStart", 0.2);
    for (const share of [0.3, 0.5, 0.7]) {
      await touch("touchMove", share);
      await near(page, share);
    }
    await touch("touchEnd", 0.7);
  });
});

test("the block map of an image selects the block under the mouse", async ({ page }) => {
  const buffer = gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v1-4d-swapped.img.gz", import.meta.url)));
  for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
    await page.setViewportSize({ width, height });
    await page.goto(`/?${width}#v=1`);
    await page.getByLabel("Open image").setInputFiles({ name: "cmeta.img", mimeType: "application/octet-stream", buffer });
    const map = page.locator("svg.map");
    const blocks = Number(await map.getAttribute("data-blocks"));
    const inspected = page.locator("[data-inspected]");
    const selected = map.locator(".map-selected");
    const seen = new Set();
    for (const [x, y] of [[0.3, 0.1], [0.5, 0.4], [0.9, 0.7], [0.07, 0.9]]) {
      const [left, top] = await point(map, x, y);
      await page.mouse.click(left, top);
      // The frame of the selected block is drawn round the very point.
      await expect.poll(async () => {
        const box = await selected.boundingBox();
        return left >= box.x - 1 && left <= box.x + box.width + 1 && top >= box.y - 1 && top <= box.y + box.height + 1;
      }, { message: `at ${x}, ${y} of ${width} px` }).toBe(true);
      // Its fields come from the worker, a moment later.
      const block = async () => Number(await inspected.getAttribute("data-inspected"));
      await expect.poll(async () => seen.has(await block()), { message: `a block of its own at ${x}, ${y} of ${width} px` }).toBe(false);
      expect(await block()).toBeLessThan(blocks);
      seen.add(await block());
    }
  }
});

const LARGE = ["dm-cache-lab 1", "# Many blocks", "sharing on", "disk meta 64M", "disk fast 4000M", "disk slow 64G",
  "$ dmsetup create c --table '0 134217728 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0'"].join("\n");

test("the strip of all blocks selects the block under the mouse", async ({ page }) => {
  for (const width of [1440, 1024]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`/?${width}#v=1&at=9999&t=${encodeURIComponent(LARGE)}`);
    const strip = page.locator(".overview svg");
    const rows = Number((await strip.getAttribute("viewBox")).split(" ")[3]);
    // Tiles are 6 units apart, 132 in a row; one object below the disk makes a row 16 units tall.
    for (const column of [3, 20, 40]) {
      const [x, y] = await point(strip, (column * 6 + 2.5) / 792, 2.5 / rows);
      await page.mouse.click(x, y);
      await expect(page.getByRole("heading", { name: /^Block \d+$/ })).toHaveText(`Block ${column}`);
    }
  }
});

test("a click on an order of the races shows it, and arrows stay within its class", async ({ page }) => {
  for (const width of [1440, 1024, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`/?${width}#v=1&races=close-open`);
    for (const n of [2, 5, 9]) {
      const order = page.locator(`.order[data-n='${n}']`);
      await page.mouse.click(...(await point(order, 0.5, 0.5)));
      await expect(order).toHaveAttribute("aria-pressed", "true");
    }
    const first = page.locator(".order-class").nth(1).locator(".order").first();
    await page.mouse.click(...(await point(first, 0.5, 0.5)));
    await first.focus();
    const last = page.locator(".order-class").nth(1).locator(".order").last();
    await page.keyboard.press("ArrowLeft");
    await expect(last).toBeFocused();
    await page.keyboard.press("ArrowRight");
    await expect(first).toBeFocused();
  }
});

test("a drag off the track, and a double click on it, select no text", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  const selected = () => page.evaluate(() => getSelection().toString());
  for (const [dx, dy] of [[0, -250], [300, -60], [-200, 30], [250, 40]]) {
    const [x, y] = await point(slider(page), 0.4, 0.5);
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + dx, y + dy, { steps: 8 });
    expect(await selected()).toBe("");
    await page.mouse.up();
    expect(await selected()).toBe("");
  }
  const word = page.locator(".scrubber text").first();
  const box = await word.boundingBox();
  await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 2);
  expect(await selected()).toBe("");
});
