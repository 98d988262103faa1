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

const choose = (page, sharing) => page.getByRole("radio", { name: sharing, exact: true }).click();
const truth = (page) => page.locator("[data-verdict=truth]");

test("without sharing each table has an object of its own, and four blocks are lost", async ({ page }) => {
  await page.goto("/");
  await choose(page, "Off");
  await page.getByRole("button", { name: "Last step" }).click();
  await expect(truth(page)).toHaveAttribute("data-failing", "true");
  await expect(truth(page)).toContainText("4 blocks lost: 50–53");
  await expect(page.locator("[data-verdict=check]")).toContainText("passes");
  const end = await stage(page);
  expect(end.slots.inactive).toBe("");
  expect(end.list).toBe("");
  expect(end.lost).toBe("50 51 52 53");
});

test("with sharing both tables hold one object, and nothing is lost", async ({ page }) => {
  await page.goto("/");
  await choose(page, "On");
  await page.locator(".statement", { hasText: "dmsetup reload" }).first().click();
  const loaded = await stage(page);
  expect(loaded.objects).toEqual([{ letter: "a", holders: "A B", refs: "2", stale: "" }]);
  expect(loaded.list).toBe("a");
  await page.getByRole("button", { name: "Last step" }).click();
  await expect(truth(page)).toHaveAttribute("data-failing", "false");
});

test("stepping back and forward again shows the same pictures", async ({ page }) => {
  await page.goto("/");
  await choose(page, "Off");
  await page.locator(".statement", { hasText: "dmsetup resume" }).first().click();
  const before = await stage(page);
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowLeft");
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowRight");
  expect(await stage(page)).toEqual(before);
});
