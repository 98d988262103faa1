// The seed bug in the page: what the pictures say with sharing off and on, read from the page itself.
import { expect, test } from "./page.js";

/** What the stage shows of one run: slots, objects, list and lost blocks. */
const stage = (page) => page.evaluate(() => {
  const picture = document.querySelector("svg.picture");
  const all = (selector) => [...picture.querySelectorAll(selector)];
  return {
    slots: Object.fromEntries(all("[data-slot]").map((g) => [g.dataset.slot, g.dataset.table])),
    objects: all("[data-object]").map((g) => ({ letter: g.dataset.object, holders: g.dataset.holders, refs: g.dataset.refCount, stale: g.dataset.stale })),
    list: picture.querySelector("[data-list]").dataset.list,
    lost: picture.querySelector("[data-data]")?.dataset.lost ?? "",
  };
});

const choose = (page, sharing) => page.getByRole("radio", { name: new RegExp(`^${sharing}`) }).click();
const truth = (page) => page.locator("[data-verdict=truth]");
const to = (page, text, nth = 0) => page.locator(".statement", { hasText: text }).nth(nth).click();

const a = { letter: "a", holders: "A", refs: "1", stale: "" };
const b = { letter: "b", holders: "B", refs: "1", stale: "" };

// [statement, which of those, what stands on the stage after it]
const off = [
  ["dmsetup create", 0, { slots: { live: "A", inactive: "" }, objects: [a], list: "", lost: "" }],
  ["dmsetup reload", 0, { slots: { live: "A", inactive: "B" }, objects: [a, b], list: "", lost: "" }],
  ["dmsetup status", 1, { slots: { live: "A", inactive: "B" }, objects: [a, { ...b, stale: "0" }], list: "", lost: "" }],
  ["dmsetup resume", 0, { slots: { live: "B", inactive: "" }, list: "", lost: "50 51 52 53" }],
];
const both = { letter: "a", holders: "A B", refs: "2", stale: "" };
const on = [
  ["dmsetup create", 0, { slots: { live: "A", inactive: "" }, objects: [a], list: "a", lost: "" }],
  ["dmsetup reload", 0, { slots: { live: "A", inactive: "B" }, objects: [both], list: "a", lost: "" }],
  ["dmsetup suspend", 0, { slots: { live: "A", inactive: "B" }, objects: [both], list: "a", lost: "" }],
  ["dmsetup resume", 0, { slots: { live: "B", inactive: "" }, objects: [{ ...a, holders: "B" }], list: "a", lost: "" }],
];

for (const [sharing, moments] of [["Off", off], ["On", on]]) {
  test(`sharing ${sharing}: slots, holders, counts and stale blocks at each command, forward and back`, async ({ page }) => {
    await page.goto("/#v=1");
    await choose(page, sharing);
    for (const [text, nth, wanted] of [...moments, ...moments.toReversed()]) {
      await to(page, text, nth);
      await expect.poll(() => stage(page), `after ${text}`).toMatchObject(wanted);
    }
  });

  test(`sharing ${sharing}: every step back shows what it showed on the way there`, async ({ page }) => {
    await page.goto("/#v=1");
    await choose(page, sharing);
    await to(page, "dmsetup status", 1);
    const seen = [];
    const slider = page.getByRole("slider");
    const last = Number(await slider.getAttribute("aria-valuemax"));
    let at = Number(await slider.getAttribute("aria-valuenow"));
    // A key press is drawn with the next frame: the slider says when.
    for (const first = at; at < Math.min(last, first + 40); at++) {
      seen.push(await stage(page));
      await page.keyboard.press("ArrowRight");
      await expect(slider).toHaveAttribute("aria-valuenow", String(at + 1));
    }
    for (const before of seen.reverse()) {
      await page.keyboard.press("ArrowLeft");
      at--;
      await expect(slider).toHaveAttribute("aria-valuenow", String(at));
      expect(await stage(page)).toEqual(before);
    }
  });
}

test("without sharing four blocks are lost, and the metadata check passes", async ({ page }) => {
  await page.goto("/#v=1");
  await choose(page, "Off");
  await page.getByRole("button", { name: "Last step" }).click();
  await expect(truth(page)).toHaveAttribute("data-failing", "true");
  await expect(truth(page)).toContainText("4 blocks lost: 50–53");
  await expect(page.locator("[data-verdict=check]")).toContainText("passes");
});

test("lost blocks are named run by run", async ({ page }) => {
  await page.goto("/#v=1&s=lvm-extend&x=off");
  await page.keyboard.press("End");
  await expect(truth(page)).toContainText("5 blocks lost: 40–43, 50");
});

test("with sharing nothing is lost", async ({ page }) => {
  await page.goto("/#v=1");
  await choose(page, "On");
  await page.getByRole("button", { name: "Last step" }).click();
  await expect(truth(page)).toHaveAttribute("data-failing", "false");
});
