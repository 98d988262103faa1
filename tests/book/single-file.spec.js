// `dmlab export --html`: one file, opened from the disk, with no network at all. `cargo xtask test book` writes it.
import { expect, test } from "@playwright/test";
import { fileURLToPath, pathToFileURL } from "node:url";

const file = pathToFileURL(fileURLToPath(new URL("../../target/single-file/reload-while-live.html", import.meta.url))).href;

test("the file runs its scenario offline, from the step that was asked for", async ({ context, page }) => {
  const asked = [];
  const errors = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await context.setOffline(true);
  await page.goto(file);
  const player = page.locator("dm-cache-lab");
  await expect.poll(() => player.evaluate((p) => p.state)).toBe("live");
  await expect(player.locator("svg.dmlab[part=picture]")).toContainText("a sees 8 mappings");
  await player.evaluate((p) => p.seek("committed"));
  await expect(player.locator("svg.dmlab[part=picture]")).toContainText("read c 50–53");
  expect(asked.filter((url) => url !== file && !url.startsWith("data:"))).toEqual([]);
  expect(errors).toEqual([]);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the file shows its picture and its story", async ({ page }) => {
    await page.goto(file);
    await expect(page.getByRole("img", { name: /Reload while live, step \d+/ })).toBeVisible();
    await page.getByText(": the run in words").click();
    await expect(page.locator(".dmlab-story pre")).toContainText("expect off lost c 50..53");
  });
});
