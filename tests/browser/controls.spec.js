// What one does with the page: keyboard, console, editing, links, questions.
import { expect, test } from "./page.js";

const slider = (page) => page.getByRole("slider");
const at = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));

test("the keyboard steps, jumps and switches", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("ArrowRight");
  expect(await at(page)).toBe(2);
  await page.keyboard.press("End");
  expect(await at(page)).toBe(Number(await slider(page).getAttribute("aria-valuemax")));
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  expect(await at(page)).toBeGreaterThan(2);
  await page.keyboard.press("n");
  await expect(page.getByRole("radio", { name: "On", exact: true })).toBeChecked();
  await page.keyboard.press("c");
  await expect(page.locator("svg.picture")).toHaveCount(2);
  await page.keyboard.press("d");
  await expect(page.getByText("first divergence").first()).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("the console takes commands, remembers them, and says what is wrong", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("`");
  const input = page.getByLabel("Type a command");
  await expect(input).toBeFocused();
  await input.fill("dmsetup table c");
  await input.press("Enter");
  await expect(page.getByRole("log")).toContainText("0 262144 cache");
  await input.press("ArrowUp");
  await expect(input).toHaveValue("dmsetup table c");
  await input.fill("write c 0..");
  await input.press("Enter");
  await expect(page.getByRole("alert")).toContainText("column");
  await input.fill("dmset");
  await input.press("Tab");
  await expect(input).toHaveValue("dmsetup ");
});

test("a script is edited in place, an error is shown at its line, and a right one runs", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Edit" }).click();
  const area = page.getByLabel("Script text");
  const text = await area.inputValue();
  await area.fill(`${text}\nexpct objects 1\n`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("expect");
  await area.fill(`${text}\nexpect objects 7\n`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".statement.failed", { hasText: "expect objects 7" })).toBeVisible();
});

test("a link restores scenario, sharing, step and block, and nothing in it is markup", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=on&k=7.3&at=20&b=2");
  await expect(page.getByRole("radio", { name: "On", exact: true })).toBeChecked();
  expect(await at(page)).toBe(21);
  await expect(page.getByRole("heading", { name: "Block 2", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Share" }).click();
  await expect(page).toHaveURL(/#v=1&s=reload-while-live&x=on&k=7\.3&at=20&b=2$/);
  const script = "dm-cache-lab 1\n# <img src=x onerror=alert(1)>\n# <script>alert(2)</script>\ndisk d 1M\n$ echo '<b>bold</b>'\n";
  await page.goto(`/?2#v=1&t=${encodeURIComponent(script)}`);
  await expect(page.locator(".statement", { hasText: "<b>bold</b>" })).toBeVisible();
  expect(await page.locator("main img, aside img, aside script, aside b").count()).toBe(0);
  await page.goto("/?3#v=1&s=nothing-such&at=99999");
  await expect(page.getByText("names a scenario that is not in this page")).toBeVisible();
});

test("a question pauses playback; its answer is shown when asked for", async ({ page }) => {
  await page.goto("/");
  await page.locator(".statement", { hasText: "write c 0..3" }).first().click();
  for (let i = 0; i < 3; i++) await page.getByRole("button", { name: /^Speed/ }).click();
  await page.getByRole("button", { name: "Play" }).click();
  const prompt = page.locator("[data-prompt]");
  await expect(prompt).toContainText("How many metadata objects", { timeout: 30_000 });
  await prompt.getByRole("button", { name: "Show the answer" }).click();
  await expect(prompt).toContainText("One if the tables share it");
  await prompt.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});
