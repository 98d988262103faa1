// The races: every order of two tasks, as the registry runs it.
import AxeBuilder from "@axe-core/playwright";
import { choose, expect, test } from "./page.js";

const shown = (page) => page.locator("main[data-order]");
const classes = (page) => page.locator(".order-class").evaluateAll((all) => Object.fromEntries(all.map((c) => [c.dataset.class, Number(c.dataset.count)])));

test("the picker leads to the races, and back", async ({ page }) => {
  await page.goto("/#v=1");
  await choose(page, "races");
  await expect(page.getByRole("tab", { name: "close ‖ open" })).toHaveAttribute("aria-selected", "true");
  await expect(shown(page)).toHaveAttribute("data-class", "UseAfterFree");
  const counted = await classes(page);
  expect(Object.keys(counted)).toEqual(["Shared", "Sequential", "LoserTearsDown", "TwoObjects", "UseAfterFree"]);
  const all = Number(await page.locator("[data-orders]").getAttribute("data-orders"));
  expect(Object.values(counted).reduce((a, b) => a + b)).toBe(all);
  expect(await page.locator(".order").count()).toBe(all);
  await choose(page, "reload-while-live");
  await expect(page.getByRole("slider")).toBeVisible();
});

test("a look-up between drop and unlink revives the object, and its user reads freed memory", async ({ page }) => {
  await page.goto("/#v=1&races=close-open&order=PPPPQPPQ&at=5&x=on");
  await expect(shown(page)).toHaveAttribute("data-at", "5");
  await expect(page.locator(".sentence")).toContainText("ref_count goes from 0 to 1");
  await expect(page.locator(".held")).toContainText("refcount_t: addition on 0; use-after-free.");
  await expect(page.locator(".pseudo li[data-who=Q]")).toContainText("ref_count += 1");
  await page.keyboard.press("End");
  await expect(page.locator(".sentence")).toContainText("freed memory");
  await expect(page.locator("[data-act=destroy]")).toHaveAttribute("aria-label", /freed/);
});

test("the keyboard goes along the path and through failing orders", async ({ page }) => {
  await page.goto("/#v=1&races=close-open");
  const first = await shown(page).getAttribute("data-order");
  await page.keyboard.press("n");
  await expect(shown(page)).not.toHaveAttribute("data-order", first);
  await expect(shown(page)).toHaveAttribute("data-class", "UseAfterFree");
  await page.keyboard.press("Home");
  await expect(shown(page)).toHaveAttribute("data-at", "1");
  await page.keyboard.press("ArrowRight");
  await expect(shown(page)).toHaveAttribute("data-at", "2");
  await page.keyboard.press("r");
  await page.locator(".order[aria-pressed=true]").focus();
  const n = Number(await page.locator(".order:focus").getAttribute("data-n"));
  await page.keyboard.press(n ? "ArrowLeft" : "ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page.locator(".order[aria-pressed=true]")).not.toHaveAttribute("data-n", String(n));
});

test("without sharing every order of two opens has two objects; the filter lists what it names", async ({ page }) => {
  await page.goto("/#v=1&races=close-open");
  await page.getByRole("radio", { name: /^Failing/ }).click();
  await expect(page.locator(".order-class")).toHaveCount(1);
  await page.getByRole("radio", { name: /^All/ }).click();
  await page.getByRole("tab", { name: "open ‖ open" }).click();
  expect(Object.keys(await classes(page))).toEqual(["Shared", "LoserTearsDown"]);
  await page.getByRole("radio", { name: /^Off/ }).click();
  await expect(page.locator(".order-class")).toHaveCount(1);
  expect(Object.keys(await classes(page))).toEqual(["TwoObjects"]);
});

test("a shared link restores race, order and act", async ({ page }) => {
  await page.goto("/#v=1&races=open-open&x=on");
  await page.keyboard.press("End");
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const [order, at] = [await shown(page).getAttribute("data-order"), await shown(page).getAttribute("data-at")];
  const address = page.url();
  expect(address).toContain("races=open-open");
  await page.goto("/#v=1");
  await page.goto(address);
  await page.reload();
  await expect(shown(page)).toHaveAttribute("data-order", order);
  await expect(shown(page)).toHaveAttribute("data-at", at);
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing on the races, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto("/#v=1&races=close-open");
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
  });
}
