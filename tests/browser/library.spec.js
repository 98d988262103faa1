// Every scenario of the library, walked in the page.
import { expect, test } from "./page.js";

const names = (page) => page.getByLabel("Scenario", { exact: true }).locator("option:not([value=races])").allTextContents();

test("every scenario runs to its end and ends as it declares, forward and back", async ({ page }) => {
  test.setTimeout(600_000);
  await page.goto("/");
  const slider = page.getByRole("slider");
  for (const name of await names(page)) {
    await page.getByLabel("Scenario", { exact: true }).selectOption({ label: name });
    await expect(slider, name).toHaveAttribute("aria-valuenow", "1");
    const last = await slider.getAttribute("aria-valuemax");
    await page.getByRole("button", { name: "Last step" }).click();
    await expect(slider, name).toHaveAttribute("aria-valuenow", last);
    expect(await page.locator("[data-as-declared=false]").allTextContents(), name).toEqual([]);
    await page.getByRole("button", { name: "Step back" }).click();
    await page.getByRole("button", { name: "First step" }).click();
    await page.getByRole("button", { name: "Last step" }).click();
    await expect(slider, name).toHaveAttribute("aria-valuenow", last);
  }
});
