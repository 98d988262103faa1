// A script of one's own; and images, which no link holds.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, hasRun, test } from "./page.js";

const slider = (page) => page.getByRole("slider", { name: "Step" });
const at = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));
const prompt = (page) => page.getByLabel("Type a command");
const picker = (page) => page.getByLabel("Scenario", { exact: true });
const typed = async (page, text) => {
  await prompt(page).click();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await hasRun(page);
};
const codes = (page) => page.locator(".statement code").allTextContents();
const link = (text) => `t=${encodeURIComponent(text)}`;
const MINE = "dm-cache-lab 1\n# Läuft: my own / test\ndisk meta 4M\n$ dmsetup ls\n";

test.describe("an image that runs in the simulator", () => {
  const load = async (page) => {
    const buffer = gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v2-4d-swapped.img.gz", import.meta.url)));
    await page.getByLabel("Open image").setInputFiles({ name: "cmeta.img", mimeType: "application/octet-stream", buffer });
    await page.getByRole("button", { name: "Load into simulator" }).click();
    await expect(page.locator("[data-verdict=check]")).toHaveAttribute("data-failing", "false");
  };

  test("is in no link: sharing and embedding say so, and what to do", async ({ page, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto("/");
    await page.evaluate(() => navigator.clipboard.writeText("before"));
    await load(page);
    await page.getByRole("button", { name: "Share" }).click();
    await expect(page.locator(".notice")).toContainText("in no link");
    await expect(page.locator(".notice")).toContainText("was not uploaded");
    await expect(page.locator(".notice")).toContainText("Load into simulator");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("before");
    await page.getByRole("button", { name: "Embed" }).click();
    await expect(page.getByRole("dialog")).toContainText("in no link");
    await expect(page.locator(".snippet")).toHaveCount(0);
  });

  test("is named where a link or a reload has lost it, in place of a broken machine; and goes on once it is opened again", async ({ page }) => {
    await page.goto("/");
    await load(page);
    const script = await page.evaluate(() => document.getElementById("app").dataset.script);
    for (const open of [() => page.reload(), () => page.goto(`/?2#v=1&x=off&at=12&${link(script)}`)]) {
      await open();
      await page.locator(".page").waitFor();
      await expect(page.locator(".stage")).toContainText("The image is not here");
      await expect(page.locator("section.script [role=alert]")).toContainText("cmeta.img is not here");
      await expect(page.locator("[data-verdict=check]")).toHaveCount(0);
      await page.getByRole("button", { name: "Embed" }).click();
      await expect(page.locator(".snippet")).toHaveCount(0);
      await page.keyboard.press("Escape");
    }
    await load(page);
    await expect(page.locator("svg.picture")).toBeVisible();
    await typed(page, "dmsetup status c");
    await expect(page.locator("[data-verdict=check]"), "a typed line keeps the image").toHaveAttribute("data-failing", "false");
  });
});
