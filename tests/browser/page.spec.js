import { expect, test } from "./page.js";

test("the page starts under its own content security policy and asks for its own files alone", async ({ page, requests }) => {
  await page.goto("/#v=1");
  await expect(page.getByRole("banner")).toContainText("dm-cache-lab");
  const own = new URL(page.url()).origin;
  expect(requests.filter((url) => new URL(url).origin !== own)).toEqual([]);
});

test("no script and no style stands in the markup", async ({ page }) => {
  await page.goto("/#v=1");
  await expect(page.getByRole("banner")).toBeVisible();
  const inline = await page.evaluate(() => ({
    scripts: [...document.scripts].filter((script) => script.textContent.trim()).length,
    styles: document.querySelectorAll("style, [style]").length,
  }));
  expect(inline).toEqual({ scripts: 0, styles: 0 });
});
