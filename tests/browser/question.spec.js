// Questions: docked under the stage, reached by playback and by steps, answered by hand and by key; what would answer them is hidden.
import { expect, hasRun, test } from "./page.js";

const dock = (page) => page.locator("[data-prompt]");
const slider = (page) => page.getByRole("slider", { name: "Step" });
const at = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));
const FIRST = "How many metadata objects will there be after the load?", SECOND = "What will a read of block 50 return after the resume?";
const key = async (page, name) => {
  const before = `${await at(page)}${await dock(page).count()}`;
  await page.keyboard.press(name);
  await expect.poll(async () => `${await at(page)}${await dock(page).count()}`).not.toBe(before);
};
/** Steps forward until a question stands open. */
const reach = async (page) => {
  for (let i = 0; i < 80 && !(await dock(page).count()); i++) await key(page, "ArrowRight");
  await expect(dock(page)).toBeVisible();
};
let opened = 0;
const second = async (page, x = "off") => {
  await page.goto(`/?${++opened}#v=1&s=reload-while-live&x=${x}&at=20`);
  await reach(page);
  await expect(dock(page)).toContainText(SECOND);
};

test("playback stops at a question, which has the focus; its answer is told, and playback goes on", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await page.locator(".statement", { hasText: "write c 0..3" }).first().click();
  for (let i = 0; i < 3; i++) await page.getByRole("button", { name: /^Speed/ }).click();
  await page.getByRole("button", { name: "Play" }).click();
  await expect(dock(page)).toContainText(FIRST, { timeout: 30_000 });
  await expect(dock(page)).toContainText("Question 1 of 2");
  await expect(dock(page)).toBeFocused();
  await expect(page.getByRole("button", { name: "Play" })).toBeVisible();
  await page.keyboard.press("2");
  await expect(dock(page).getByRole("status")).toContainText("Right. One if the tables share it");
  await dock(page).getByRole("button", { name: "Go on" }).click();
  await expect(dock(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});

test("a step reaches it too: a second one skips it, and a step back leaves it to be asked again", async ({ page }) => {
  await second(page);
  const there = await at(page);
  await key(page, "ArrowLeft");
  await expect(dock(page)).toHaveCount(0);
  expect(await at(page)).toBe(there - 1);
  await key(page, "ArrowRight");
  await expect(dock(page)).toContainText(SECOND);
  await key(page, "ArrowRight");
  expect(await at(page)).toBe(there + 1);
  await expect(dock(page)).toHaveCount(0);
  await key(page, "ArrowLeft");
  await key(page, "ArrowRight");
  await expect(page.locator(".where")).toContainText(`step ${there + 1} /`);
});

test("a click on a choice answers it, and Go on leads to the step that shows it", async ({ page }) => {
  await second(page);
  const there = await at(page);
  const box = await dock(page).getByRole("button", { name: "An I/O error" }).boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(dock(page).getByRole("status")).toContainText("No: Zeros, what the origin holds.");
  await expect(dock(page)).toBeFocused();
  await dock(page).getByRole("button", { name: "Go on" }).click();
  await expect(dock(page)).toHaveCount(0);
  expect(await at(page)).toBe(there + 1);
  await expect(page.getByRole("button", { name: "Play" })).toBeVisible();
});

test("until it is answered no result ahead is shown: not in the script, not on the track", async ({ page }) => {
  await second(page);
  const results = page.locator(".statement", { hasText: "expect" });
  const lines = () => page.locator(".statement").evaluateAll((all) => all.map((s) => Number(s.dataset.line)));
  expect(Math.max(...(await lines()))).toBeLessThan(60);
  await expect(page.locator(".statements .cover")).toContainText("more lines");
  await expect(page.locator(".statement", { hasText: "read c 50..53 0x00" })).toHaveCount(0);
  await expect(page.locator("[data-mark=lost]")).toHaveCount(0);
  await expect(page.locator(".scrubber text", { hasText: "data lost" })).toHaveCount(0);
  await expect(page.locator(".scrubber .cover")).toHaveCount(1);
  await expect(page.locator(".why .cause")).toHaveText(["roots copied", "disk moves on"]);
  const beyond = await page.locator(".scrubber .marks .tick").evaluateAll((all, head) => all.filter((t) => t.getBoundingClientRect().x > head + 2).length, (await page.locator(".playhead").boundingBox()).x + 7);
  expect(beyond, "no tick ahead").toBe(0);
  await page.keyboard.press("1");
  await expect(page.locator(".statement", { hasText: "read c 50..53 0x00" })).toHaveCount(1);
  await expect(page.locator("[data-mark=lost]")).toHaveCount(1);
  await expect(page.locator(".why .cause")).toHaveCount(4);
  await expect(page.locator(".scrubber .cover")).toHaveCount(0);
  expect(await results.count()).toBeGreaterThan(10);
});

test("the stage does not show the answer while the question about block 50 stands open", async ({ page }) => {
  await second(page);
  await expect(page.locator("svg.picture")).toContainText("INACTIVE");
  await expect(page.locator("svg.picture .datum.lost")).toHaveCount(0);
  await expect(page.locator("[data-verdict=truth][data-kind=lost]")).toHaveCount(0);
});

test("compared, both worlds are answered at once", async ({ page }) => {
  await second(page, "compare");
  await page.keyboard.press("1");
  await expect(dock(page).getByRole("status")).toContainText("Without the fix: Zeros, what the origin holds. With it: B, what was written last.");
});

test("Skip leads on without an answer, Space plays on, and digits beyond the choices do nothing", async ({ page }) => {
  await second(page);
  const there = await at(page);
  await page.keyboard.press("4");
  await page.keyboard.press("9");
  await expect(dock(page)).toContainText(SECOND);
  await dock(page).getByRole("button", { name: "Skip" }).click();
  expect(await at(page)).toBe(there + 1);
  await second(page);
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});

test("a question without choices shows its answer when asked to", async ({ page }) => {
  const script = 'dm-cache-lab 1\n# Old\ndisk d 1M\n$ dmsetup ls\nask "And now?" answer "Nothing."\n$ dmsetup info\n';
  await page.goto(`/#v=1&t=${encodeURIComponent(script)}`);
  await hasRun(page);
  await reach(page);
  await dock(page).getByRole("button", { name: "Show the answer" }).click();
  await expect(dock(page).getByRole("status")).toHaveText("Nothing.");
});

for (const [width, height] of [[1440, 900], [1280, 720], [1024, 768], [390, 844]]) {
  test(`at ${width}×${height} the dock lies over nothing that can be used, and all choices are in sight`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await second(page);
    for (const button of await dock(page).getByRole("button").all()) {
      const { x, y, width: w, height: h } = await button.boundingBox();
      expect(x >= 0 && x + w <= width && y >= 0 && y + h <= height, await button.textContent()).toBe(true);
      const hit = await button.evaluate((b) => { const r = b.getBoundingClientRect(); return b.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); });
      expect(hit).toBe(true);
      if (width < 600) expect(h).toBeGreaterThanOrEqual(44);
    }
    const [track, over] = [await slider(page).boundingBox(), await dock(page).boundingBox()];
    expect(over.y + over.height).toBeLessThanOrEqual(track.y + 2);
  });
}
