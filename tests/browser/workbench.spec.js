// The workbench: a wide editor beside the console, a wrong line marked with the caret on it, a script kept in this browser, files saved.
import { readFileSync } from "node:fs";
import { choose, expect, hasRun, test, title } from "./page.js";

const area = (page) => page.getByLabel("Script text");
const edit = (page) => page.getByRole("button", { name: "Edit", exact: true }).click();
const run = (page) => page.getByRole("button", { name: "Run", exact: true }).click();
const MINE = ["dm-cache-lab 1", "# Mine", "kernel 6.1", "disk meta 4M", "disk fast 16M", "disk slow 128M",
  "$ dmsetup create c --table '0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'",
  "$ dmsetup reload c --table '0 262144 cache /dev/meta /dev/fast /dev/slow 100 1 writeback smq 0'",
  "$ dmsetup ls", ""].join("\n");

test("the editor is wide, beside the console, and nothing else is there", async ({ page }) => {
  await page.goto("/#v=1");
  await edit(page);
  const editor = await page.locator(".editor").boundingBox();
  const drawer = await page.locator(".drawer").boundingBox();
  expect(editor.width).toBeGreaterThanOrEqual(840);
  expect(drawer.x).toBeGreaterThanOrEqual(editor.x + editor.width - 1);
  await expect(page.locator(".stage")).toBeHidden();
  await page.setViewportSize({ width: 1100, height: 768 });
  expect((await page.locator(".editor").boundingBox()).width).toBeGreaterThanOrEqual(640);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".stage")).toBeVisible();
});

test("lines have numbers that scroll with them; a wrong one is marked, says what is wrong, and has the caret", async ({ page }) => {
  await page.goto("/#v=1");
  await edit(page);
  const text = await area(page).inputValue();
  const lines = text.split("\n").length;
  await expect(page.locator(".lines > div")).toHaveCount(lines);
  await area(page).fill(`${text}\nexpct objects 1\n`);
  await run(page);
  const wrong = page.locator(".lines > .wrong");
  await expect(wrong.getByRole("alert")).toContainText(`Line ${lines + 1}, column 1`);
  await expect(area(page)).toBeFocused();
  const at = await area(page).evaluate((a) => [a.selectionStart, a.value.slice(0, a.selectionStart).split("\n").length, a.scrollTop]);
  expect(at[1]).toBe(lines + 1);
  await expect(wrong).toBeInViewport();
  // The number stands beside its line.
  const top = await page.evaluate(() => document.querySelector(".lines").scrollTop - document.querySelector(".editor textarea").scrollTop);
  expect(Math.abs(top)).toBeLessThanOrEqual(1);
  // The caret is there: what is typed mends the word.
  await page.keyboard.press("Delete");
  await page.keyboard.type("e");
  await expect(wrong, "gone with the first letter").toHaveCount(0);
  expect((await area(page).inputValue()).split("\n")[lines]).toBe("expct objects 1");
  const box = await area(page).boundingBox();
  await page.mouse.move(box.x + 200, box.y + 200);
  await page.mouse.wheel(0, -10_000);
  await expect.poll(() => page.evaluate(() => document.querySelector(".lines").scrollTop)).toBe(0);
});

test("under a command that failed stands what the kernel logged, and under no other", async ({ page }) => {
  await page.goto(`/#v=1&at=9999&t=${encodeURIComponent(MINE)}`);
  await hasRun(page);
  const console = page.getByRole("log", { name: "Console" });
  await expect(console.locator(".klog")).toHaveCount(1);
  await expect(console.locator(".klog")).toContainText("kernel log");
  await expect(console.locator(".klog")).toContainText("device-mapper: table: 253:0: cache: Invalid data block size");
  const said = await console.textContent();
  expect(said.indexOf("Invalid data block size")).toBeGreaterThan(said.indexOf("slow 100"));
  expect(said.indexOf("Invalid data block size")).toBeLessThan(said.indexOf("dmsetup ls"));
});

test("a title of one's own is typed in its field, and stands in the script", async ({ page }) => {
  await page.goto(`/#v=1&t=${encodeURIComponent(MINE)}`);
  await edit(page);
  const field = page.getByRole("textbox", { name: "Title" });
  await expect(field).toHaveValue("Mine");
  await field.click();
  await page.keyboard.press("End");
  await page.keyboard.type(" and yours");
  await expect(field).toHaveValue("Mine and yours");
  expect((await area(page).inputValue()).split("\n")[1]).toBe("# Mine and yours");
  await run(page);
  await expect(title(page)).toHaveText("Mine and yours");
});

test("what is typed is kept in this browser, comes back through the list, and can be not kept", async ({ page }) => {
  await page.goto("/#v=1");
  await edit(page);
  await area(page).fill(MINE);
  await expect(page.locator(".autosave")).toContainText("Kept in this browser only");
  const kept = () => page.evaluate(() => localStorage.getItem("dm-cache-lab script"));
  expect(await kept()).toBe(MINE);
  page.on("dialog", (dialog) => dialog.accept());
  await page.goto("/?2#v=1");
  await expect(title(page)).toHaveText("Reload while live");
  // Neither a link that brings a script nor a typed command takes its place.
  await page.goto(`/?3#v=1&t=${encodeURIComponent("dm-cache-lab 1\n# Theirs\ndisk d 1M\n")}`);
  await page.getByLabel("Type a command").fill("dmsetup ls");
  await page.keyboard.press("Enter");
  await edit(page);
  expect(await kept()).toBe(MINE);
  await page.getByRole("button", { name: "Cancel" }).click();
  await choose(page, "kept");
  await expect(area(page)).toHaveValue(MINE);
  await page.locator(".autosave input").uncheck();
  await expect(page.locator(".autosave")).toContainText("Not kept");
  expect(await kept()).toBe(null);
  await area(page).click();
  await page.keyboard.type("x");
  expect(await kept()).toBe(null);
  await page.goto("/?4#v=1");
  await title(page).click();
  await expect(page.locator("[data-name=kept]")).toHaveCount(0);
});

test("script, shell export and image are saved from the page, as from the command line", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off&at=9999");
  await edit(page);
  const save = async (name) => {
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name, exact: true }).first().click();
    const file = await download;
    return [file.suggestedFilename(), readFileSync(await file.path())];
  };
  const [script, text] = await save("Save script");
  expect(script).toBe("reload-while-live.dml");
  expect(text.toString()).toBe(readFileSync("scenarios/reload-while-live.dml", "utf8"));
  const [shell, program] = await save("Shell export");
  expect(shell).toBe("reload-while-live.sh");
  expect(program.toString()).toMatch(/^#!\/bin\/sh\n/);
  const [image, bytes] = await save("Save image");
  expect(image).toMatch(/^reload-while-live-step-\d+\.img$/);
  expect(bytes.length).toBe(4 << 20);
  await area(page).fill(`${MINE}power-cut keep all\n`);
  await page.getByRole("button", { name: "Shell export" }).first().click();
  await expect(page.locator(".notice")).toContainText("power");
});

test("at 200 % the bar has the rows that it needs, and lies on nothing", async ({ page }) => {
  await page.setViewportSize({ width: 720, height: 450 });
  await page.goto("/#v=1");
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const head = await page.locator(".script > .panel-head").boundingBox();
  for (const button of await page.locator(".bar button:visible").all()) {
    const box = await button.boundingBox();
    expect(box.y + box.height, await button.getAttribute("aria-label")).toBeLessThanOrEqual(head.y + 1);
  }
});
