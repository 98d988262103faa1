// A script of one's own: typed, taken back, named, kept over a reload; the empty machine to begin with; and images, which no link holds.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { choose, expect, hasRun, test, title } from "./page.js";

const slider = (page) => page.getByRole("slider", { name: "Step" });
const at = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));
const prompt = (page) => page.getByLabel("Type a command");
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
    await page.getByRole("button", { name: "Activate it in the machine" }).click();
    await expect(page.locator("[data-verdict=check]")).toHaveAttribute("data-failing", "false");
  };

  test("is in no link: sharing and embedding say so, and what to do", async ({ page, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto("/#v=1");
    await page.evaluate(() => navigator.clipboard.writeText("before"));
    await load(page);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await expect(page.locator(".notice")).toContainText("in no link");
    await expect(page.locator(".notice")).toContainText("was not uploaded");
    await expect(page.locator(".notice")).toContainText("Activate it");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("before");
    await page.getByRole("button", { name: "Embed" }).click();
    await expect(page.getByRole("dialog")).toContainText("in no link");
    await expect(page.locator(".snippet")).toHaveCount(0);
  });

  test("is named where a link or a reload has lost it, in place of a broken machine; and goes on once it is opened again", async ({ page }) => {
    await page.goto("/#v=1");
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

  test("is warned of before the tab loses it", async ({ page }) => {
    await page.goto("/#v=1");
    await load(page);
    expect(await leaves(page)).toBe(true);
  });
});

/** Whether leaving the page asks first. */
const leaves = (page) => page.evaluate(() => {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
});

test("what was typed is in the address: a reload keeps it, and another scenario takes it out", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await typed(page, "dmsetup info c");
  await expect(page).toHaveURL(/&t=/);
  const all = await codes(page);
  await page.reload();
  await page.locator(".page").waitFor();
  await hasRun(page);
  expect(await codes(page)).toEqual(all);
  expect(await at(page)).toBe(Number(await slider(page).getAttribute("aria-valuemax")));
  await choose(page, "safe-order");
  await expect(page).not.toHaveURL(/&t=/);
  await page.reload();
  await page.locator(".page").waitFor();
  await expect(page.locator(".file-name")).toHaveText("safe-order.dml");
});

test("a scenario that is only looked at writes no address", async ({ page }) => {
  await page.goto("/#v=1");
  const before = page.url();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("n");
  await choose(page, "safe-order");
  await hasRun(page);
  expect(page.url()).toBe(before);
});

test("an edited script is not lost by Esc, by a typed command, by another scenario, nor by leaving without a question", async ({ page }) => {
  await page.goto("/#v=1");
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const area = page.getByLabel("Script text");
  await area.click();
  await page.keyboard.press("Escape");
  await expect(area, "nothing was edited").toHaveCount(0);
  expect(await leaves(page)).toBe(false);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await area.click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("$ dmsetup ls\n");
  const text = await area.inputValue();
  await page.keyboard.press("Escape");
  await expect(page.locator(".notice")).toContainText("Cancel discards it");
  await expect(area).toHaveValue(text);
  await typed(page, "dmsetup info c");
  await expect(page.locator(".notice")).toContainText("Cancel discards it");
  await expect(area).toHaveValue(text);
  expect(await leaves(page)).toBe(true);
  await choose(page, "safe-order");
  await expect(area).toHaveValue(text);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(area).toHaveCount(0);
  expect(await leaves(page)).toBe(false);
});

test("the prompt says where a command runs, and the last one is taken back to where one stood: by the button and by Ctrl Z", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off&at=3");
  await expect(prompt(page)).toHaveAttribute("placeholder", "runs after the last step");
  const all = await codes(page);
  const undo = page.getByRole("button", { name: "Take the last command back" });
  await expect(undo).toHaveCount(0);
  await typed(page, "dmsetup ls");
  await expect(prompt(page)).not.toHaveAttribute("placeholder", "runs after the last step");
  await typed(page, "dmsetup info c");
  expect((await codes(page)).slice(all.length)).toEqual(["dmsetup ls", "dmsetup info c"]);
  await prompt(page).click();
  await page.keyboard.press("Control+z");
  await hasRun(page);
  expect((await codes(page)).slice(all.length)).toEqual(["dmsetup ls"]);
  await page.keyboard.type("dm");
  await page.keyboard.press("Control+z");
  expect((await codes(page)).slice(all.length), "in a line with text it is the browser's").toEqual(["dmsetup ls"]);
  await undo.click();
  await hasRun(page);
  expect(await codes(page)).toEqual(all);
  expect(await at(page)).toBe(4);
  await expect(undo).toHaveCount(0);
  await expect(title(page)).toHaveText("Reload while live");
  await expect(page.locator(".file-name")).toHaveText("reload-while-live.dml");
});

test("a script of one's own has its own name: in the list, at its head, and on files", async ({ page }) => {
  const chosen = () => title(page).textContent();
  await page.goto(`/#v=1&at=9&${link(MINE)}`);
  expect(await chosen()).toBe("Läuft: my own / test");
  await expect(page.locator(".file-name")).toHaveText("läuft-my-own-test.dml");
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await expect(page).not.toHaveURL(/&s=/);
  // A scenario with a line more is still called by its name.
  await page.goto("/?2#v=1&s=safe-order&x=off");
  await typed(page, "dmsetup ls");
  expect(await chosen()).toBe("Suspend, load, resume: the order that was always safe, edited");
  await expect(page.locator(".file-name")).toHaveText("safe-order.dml, edited");
  // Edited into another one, it has that one's name, and files have, too.
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const area = page.getByLabel("Script text");
  await area.fill((await area.inputValue()).replace(/^# Suspend.*$/m, "# Mine"));
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await hasRun(page);
  expect(await chosen()).toBe("Mine");
  await expect(page.locator(".file-name")).toHaveText("mine.dml");
  await page.locator(".statement", { hasText: "dmsetup status c" }).first().click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const download = page.waitForEvent("download");
  await page.locator(".inspector").getByRole("button", { name: "Save image" }).click();
  expect((await download).suggestedFilename()).toMatch(/^mine-step-\d+\.img$/);
  // The scenario itself is one choice away, and so is the way back from the races.
  await choose(page, "races");
  await choose(page, "own");
  await expect(page.locator(".file-name")).toHaveText("mine.dml");
  await choose(page, "safe-order");
  await expect(page.locator(".file-name")).toHaveText("safe-order.dml");
  await title(page).click();
  await expect(page.locator("[role=option][data-name=own]")).toHaveCount(0);
});

test("the empty machine: three disks, three commands to begin with, and the prompt ready", async ({ page }) => {
  await page.goto("/#v=1");
  const box = await title(page).boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(page.getByRole("combobox", { name: "Search the scenarios" })).toBeFocused();
  await page.keyboard.type("empty machine");
  await page.keyboard.press("Enter");
  await expect(prompt(page)).toBeFocused();
  await expect(page.locator(".stage .empty")).toContainText("The disks meta, cache, origin are there; no device is mapped.");
  const lines = (await page.locator(".intro").innerText()).split("\n");
  const commands = lines.filter((line) => /^\d\. /.test(line)).map((line) => line.slice(3));
  expect(commands).toHaveLength(3);
  for (const command of commands) {
    await page.keyboard.type(command);
    await page.keyboard.press("Enter");
    await hasRun(page);
  }
  await expect(page.locator(".statement")).toHaveCount(3);
  await expect(page.locator(".statement.failed")).toHaveCount(0);
  await expect(page.locator("svg.picture")).toBeVisible();
  await expect(page.getByRole("log", { name: "Console" })).toContainText("0 262144 cache 8");
});

test("without disks the page claims none, and at the end of a script it offers no step", async ({ page }) => {
  await page.goto(`/#v=1&${link("dm-cache-lab 1\n# Nothing\n")}`);
  const empty = page.locator(".stage .empty");
  await expect(empty).toContainText("There is no disk");
  await page.goto(`/?2#v=1&at=99&${link(`${MINE}$ dmsetup ls\n`)}`);
  await expect(empty).toContainText("The disk meta is there");
  await expect(empty).not.toContainText("Step forward");
  await page.keyboard.press("Home");
  await expect(empty).toContainText("Step forward");
});

test("help says what the console understands, and is no command of the machine", async ({ page }) => {
  await page.goto("/#v=1");
  const all = await codes(page);
  await typed(page, "help");
  const help = page.getByLabel("What the console understands");
  for (const word of ["dmsetup reload", "power-cut", "cache_check", "expect"]) await expect(help).toContainText(word);
  expect(await codes(page)).toEqual(all);
  await typed(page, "dmsetup ls");
  await expect(help).toHaveCount(0);
  await expect(page.getByRole("log", { name: "Console" })).toContainText("dmsetup ls");
});
