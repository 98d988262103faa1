// A scenario opens as it declares, whatever was looked at before.
import { choose, expect, names, test } from "./page.js";

const sharing = (page) => page.getByRole("radiogroup", { name: "Metadata sharing" }).getByRole("radio", { checked: true });
const OFF = "Off: before the 2015 fix", ON = "On: Linux since";

test("a scenario in one world alone leaves the next ones as they are", async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto("/#v=1");
  const all = await names(page);
  expect(all.length).toBeGreaterThan(40);
  const fresh = {};
  for (const name of all) {
    await page.goto(`/?${name}#v=1&s=${name}`);
    fresh[name] = await sharing(page).getAttribute("aria-label");
  }
  expect(new Set(Object.values(fresh))).toEqual(new Set([OFF, ON]));
  await page.goto("/#v=1");
  // In their order, and each after one that is forced the other way.
  for (const name of all) {
    await choose(page, fresh[name] === ON ? "two-roots" : "crash");
    await choose(page, name);
    expect(await sharing(page).getAttribute("aria-label"), name).toBe(fresh[name]);
  }
});

test("what was chosen for one scenario does not go with the next", async ({ page }) => {
  await page.goto("/#v=1");
  await page.getByRole("radio", { name: "Compare" }).click();
  await page.getByLabel("Format").selectOption("v2");
  await choose(page, "safe-order");
  await expect(sharing(page)).toHaveAccessibleName(OFF);
  await expect(page.getByLabel("Format")).toHaveValue("as written");
});

test("a link that names a mode opens in that mode", async ({ page }) => {
  for (const [name, x, label] of [["crash", "off", OFF], ["two-roots", "on", ON], ["reload-while-live", "compare", "Compare"]]) {
    await page.goto(`/?${name}#v=1&s=${name}&x=${x}`);
    await expect(sharing(page)).toHaveAccessibleName(label);
  }
});

test("off and on say what they stand for, in the races as well", async ({ page }) => {
  for (const hash of ["#v=1", "#v=1&races=close-open"]) {
    await page.goto(`/?${hash.length}${hash}`);
    await expect(page.getByRole("radio", { name: OFF })).toBeVisible();
    await expect(page.getByRole("radio", { name: ON })).toBeVisible();
  }
});
