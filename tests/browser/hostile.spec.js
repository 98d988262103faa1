// What a link, a script or a paste may carry that is not meant well, or not made for it.
import { expect, hasRun, test } from "./page.js";

const slider = (page) => page.getByRole("slider", { name: "Step" });
const machine = ["dm-cache-lab 1", "# Far too much", "disk meta 4M", "disk fast 1G", "disk slow 8G",
  "$ dmsetup create c --table '0 16777216 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'"];
/** Two hundred workloads, each of which runs until a limit of the run ends it. */
const hostile = [...machine, ...Array(200).fill("workload c zipf 1.1 ops 1000000 reads 50% blocks 0..8191")].join("\n");
const link = (text, sharing = "compare") => `v=1&x=${sharing}&t=${encodeURIComponent(text)}`;

test("a link may name any block: one that no device has says so", async ({ page }) => {
  for (const block of ["4503599627370496", "4503599627370495", "18446744073709551615", "1024"]) {
    await page.goto(`/?${block}#v=1&s=reload-while-live&x=off&at=28&b=${block}`);
    await expect(page.getByRole("heading", { name: `Block ${block}`, exact: true })).toBeVisible();
    await expect(page.locator(".inspector")).toContainText("There is no such block.");
    await page.keyboard.press("ArrowRight");
    await expect(slider(page)).toHaveAttribute("aria-valuenow", "30");
  }
});

/** Every task of the main thread that takes 50 ms and more. */
const watch = (page) => page.evaluate(() => {
  window.tasks = [];
  new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((e) => Math.round(e.duration)))).observe({ type: "longtask" });
});

for (const [how, stop] of [
  ["the button", (page) => page.getByRole("button", { name: "Stop" }).click()],
  ["Escape", (page) => page.keyboard.press("Escape")],
]) {
  test(`a script that does not end is stopped by ${how}, and what has run of it is there`, async ({ page }) => {
    await page.goto("/#v=1");
    await watch(page);
    await page.evaluate((hash) => { location.hash = hash; }, link(hostile));
    await expect(page.locator("[data-running]")).toBeVisible();
    // It goes on, and the page answers meanwhile: a frame never waits for a whole statement.
    // Of four stretches the quietest counts: another program on the machine's processors makes a task longer, no statement shorter.
    const longest = [];
    for (let n = 0; n < 4; n++) {
      await page.waitForTimeout(400);
      longest.push(Math.max(0, ...(await page.evaluate(() => window.tasks.splice(0)))));
    }
    await expect(page.locator("[data-running]")).toBeVisible();
    console.log(`longest tasks while it runs, ms: ${longest}`);
    expect(Math.min(...longest)).toBeLessThan(200);
    await stop(page);
    await expect(page.locator("[data-running]")).toHaveCount(0);
    await expect(page.locator("svg.picture").first()).toBeVisible();
    console.log(`tasks of stopping, ms: ${await page.evaluate(() => window.tasks)}`);
    await page.keyboard.press("End");
    await expect(page.locator(".sentence")).toContainText("You stopped the run here.");
    await page.keyboard.press("Home");
    await expect(slider(page)).toHaveAttribute("aria-valuenow", "1");
  });
}

test("a run that was started from the console is stopped there", async ({ page }) => {
  await page.goto(`/#${link(machine.join("\n"), "off")}`);
  const input = page.getByLabel("Type a command");
  await input.fill("workload c zipf 1.1 ops 1000000 blocks 0..8191");
  await input.press("Enter");
  await expect(page.locator("[data-running]")).toBeVisible();
  await input.press("Escape");
  await expect(page.locator("[data-running]")).toHaveCount(0);
  await expect(page.locator(".sentence")).toContainText("You stopped the run here.");
});

test.describe("the console", () => {
  const typed = async (page, text) => {
    const input = page.getByLabel("Type a command");
    await input.fill(text);
    await input.press("Enter");
    await hasRun(page);
  };
  const last = (page, n) => page.locator(".statement code").evaluateAll((all, n) => all.slice(-n).map((code) => code.textContent), n);

  test("takes a command with its prompt", async ({ page }) => {
    await page.goto("/#v=1&s=reload-while-live&x=off");
    for (const prompt of ["", "$ ", "# "]) {
      await typed(page, `${prompt}dmsetup info${prompt ? " c" : ""}`);
      expect(await last(page, 1)).toEqual([`dmsetup info${prompt ? " c" : ""}`]);
      await expect(page.getByRole("log", { name: "Console" })).not.toContainText("$ $");
      await expect(page.getByRole("log", { name: "Console" })).not.toContainText("not found");
    }
    await page.getByLabel("Type a command").press("ArrowUp");
    await expect(page.getByLabel("Type a command")).toHaveValue("dmsetup info c");
  });

  test("takes several pasted lines as commands, one after the other", async ({ page, context }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto("/#v=1&s=reload-while-live&x=off");
    await page.evaluate(() => navigator.clipboard.writeText("$ dmsetup ls\nc\t(253:0)\n$ dmsetup suspend c\n# dmsetup resume c\nwrite c 9 A\n"));
    await page.getByLabel("Type a command").focus();
    await page.keyboard.press("Control+V");
    await hasRun(page);
    await expect.poll(() => last(page, 4)).toEqual(["dmsetup ls", "dmsetup suspend c", "dmsetup resume c", "write c 9 A"]);
    await expect(page.getByLabel("Type a command")).toHaveValue("");
    await page.evaluate(() => navigator.clipboard.writeText("dmsetup ls"));
    await page.keyboard.press("Control+V");
    await expect(page.getByLabel("Type a command"), "one line waits for Enter").toHaveValue("dmsetup ls");
  });
});
