// What one does with the page: keyboard, console, editing, links, questions.
import { expect, hasRun, names, test, title } from "./page.js";

const slider = (page) => page.getByRole("slider");
const at = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));

test("the keyboard steps, jumps and switches", async ({ page }) => {
  await page.goto("/#v=1");
  await page.keyboard.press("ArrowRight");
  expect(await at(page)).toBe(2);
  await page.keyboard.press("End");
  expect(await at(page)).toBe(Number(await slider(page).getAttribute("aria-valuemax")));
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+ArrowRight");
  expect(await at(page)).toBeGreaterThan(2);
  await page.keyboard.press("n");
  await expect(page.getByRole("radio", { name: /^On/ })).toBeChecked();
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
  await page.goto("/#v=1");
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
  await page.goto("/#v=1");
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const area = page.getByLabel("Script text");
  const text = await area.inputValue();
  await area.fill(`${text}\nexpct objects 1\n`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("expect");
  await area.fill(`${text}\nexpect objects 7\n`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".statement.failed", { hasText: "expect objects 7" })).toBeVisible();
  const right = async (locator) => { const { x, width } = await locator.boundingBox(); return x + width; };
  expect(await right(page.getByRole("button", { name: "Edit", exact: true })), "the head stays in its panel").toBeLessThanOrEqual(await right(page.locator("section.script")));
});

const LONG = ["dm-cache-lab 1", "# Much to do", "disk meta 4M", "disk fast 1G", "disk slow 8G",
  "$ dmsetup create c --table '0 16777216 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'",
  ...Array(40).fill("workload c zipf 1.1 ops 2000 reads 70% blocks 0..2047")].join("\n");

test("a script that takes long says how far it is, and is shown when it has ended", async ({ page }) => {
  await page.goto("/#v=1");
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByLabel("Script text").fill(LONG);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const progress = page.getByRole("progressbar", { name: "Statements run" });
  await expect(progress).toBeVisible();
  const done = async () => Number(await progress.getAttribute("value"));
  const before = await done();
  await expect.poll(done, { intervals: [20] }).toBeGreaterThan(before);
  await expect(page.locator("svg.picture")).toBeVisible({ timeout: 60_000 });
  await expect(progress).toHaveCount(0);
  await expect(page.locator(".statement")).toHaveCount(41);
});

test("a link restores scenario, sharing, step and block, and nothing in it is markup", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=on&k=7.3&at=20&b=2");
  await expect(page.getByRole("radio", { name: /^On/ })).toBeChecked();
  expect(await at(page)).toBe(21);
  await expect(page.getByRole("heading", { name: "Block 2", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await expect(page).toHaveURL(/#v=1&s=reload-while-live&x=on&k=7\.3&at=20&b=2$/);
  const script = "dm-cache-lab 1\n# <img src=x onerror=alert(1)>\n# <script>alert(2)</script>\ndisk d 1M\n$ echo '<b>bold</b>'\n";
  await page.goto(`/?2#v=1&t=${encodeURIComponent(script)}`);
  await expect(page.locator(".statement", { hasText: "<b>bold</b>" })).toBeVisible();
  expect(await page.locator("#app main img, aside img, aside script, aside b").count()).toBe(0);
  await page.goto("/?3#v=1&s=nothing-such&at=99999");
  await expect(page.getByText("names a scenario that this page does not have")).toBeVisible();
});

test("a link made while its script still runs names the step that it will show", async ({ page }) => {
  await page.goto("/#v=1");
  await page.evaluate((text) => { location.hash = `v=1&at=7&t=${encodeURIComponent(text)}`; }, LONG);
  await expect(page.locator("[data-running]")).toBeVisible();
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await expect(page).toHaveURL(/&at=7&/);
  await expect(page.locator("[data-running]"), "it still runs").toBeVisible();
  await hasRun(page);
  expect(await at(page)).toBe(8);
});

test("g goes to a block by its number, x shows its bytes, Shift T the stage as tables", async ({ page }) => {
  await page.goto("/#v=1");
  await page.locator(".statement", { hasText: "dmsetup status c" }).nth(1).click();
  await page.keyboard.press("g");
  const dialog = page.getByRole("dialog", { name: "Go to block" });
  await expect(dialog.getByRole("spinbutton")).toBeFocused();
  await page.keyboard.type("2");
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Block 2", exact: true })).toBeVisible();
  await expect(page.locator(".inspector table")).toBeVisible();
  await page.keyboard.press("x");
  await expect(page.locator(".inspector table")).toHaveCount(0);
  await expect(page.locator(".inspector .hex")).toContainText("000");
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+T");
  const objects = page.locator("[data-table-of='Metadata objects'] tbody tr");
  await expect(objects).toHaveCount(2);
  await expect(objects.nth(1)).toContainText("block 0");
  await page.keyboard.press("Shift+T");
  await expect(page.locator("svg.picture[data-run]")).toBeVisible();
});

test("single letters can be turned off, and stay so; arrows go on", async ({ page }) => {
  await page.goto("/#v=1");
  await page.keyboard.press("?");
  await page.getByLabel("Use single letters and digits as shortcuts").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.press("c");
  await page.keyboard.press("5");
  await expect(page.getByRole("radio", { name: /^Off/ })).toBeChecked();
  await page.keyboard.press("ArrowRight");
  await expect(slider(page)).toHaveAttribute("aria-valuenow", "2");
  await page.reload();
  await page.locator(".page").waitFor();
  await page.keyboard.press("n");
  await page.keyboard.press("ArrowRight");
  await expect(slider(page)).toHaveAttribute("aria-valuenow", "2");
  await expect(page.getByRole("radio", { name: /^Off/ })).toBeChecked();
});

test("digits choose a scenario", async ({ page }) => {
  await page.goto("/#v=1");
  const second = (await names(page))[1];
  await page.keyboard.press("2");
  await expect(page.locator(".file-name")).toHaveText(`${second}.dml`);
});

test("a seed is in the link, and another seed is another run", async ({ page }) => {
  const script = "dm-cache-lab 1\n# Random\nkernel 6.1\ndisk meta 4M\ndisk fast 8M\ndisk slow 64M\n$ dmsetup create c --table '0 131072 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'\nworkload c random ops 40 reads 0% blocks 0..300\n";
  const drawn = () => page.locator("[data-oblock]").evaluateAll((all) => all.map((g) => g.dataset.oblock).join(" "));
  const at = async (seed) => {
    await page.goto(`/?${seed}#v=1&x=on&seed=${seed}&at=9999&t=${encodeURIComponent(script)}`);
    return drawn();
  };
  const [one, two] = [await at(1), await at(2)];
  expect(one).not.toBe("");
  expect(one).not.toEqual(two);
  expect(await at(1)).toEqual(one);
  await page.getByRole("button", { name: "Share", exact: true }).click();
  await expect(page).toHaveURL(/&seed=1&/);
});

test("the format picker rewrites the tables of the script, and what the machine writes with them", async ({ page }) => {
  await page.goto("/#v=1");
  await page.getByLabel("Format").selectOption("v2");
  await page.getByRole("button", { name: "Last step" }).click();
  await expect(page.locator("[data-root=dirty_root]").first()).toBeVisible();
  await page.getByLabel("Format").selectOption("v1");
  await expect(page.locator("[data-root=dirty_root]")).toHaveCount(0);
});

test.describe("a panic", () => {
  test.use({ complains: true });
  test("tells what happened, offers script and step, and one can go on", async ({ page }) => {
    await page.goto("/#v=1&s=load-and-clear&x=on&at=12");
    await expect(slider(page)).toHaveAttribute("aria-valuenow", "13");
    // A document that refuses a new element, once: the program has no way to go on.
    await page.evaluate(() => {
      const [create, clone] = [Document.prototype.createElementNS, Node.prototype.cloneNode];
      Node.prototype.cloneNode = Document.prototype.createElementNS = () => {
        Document.prototype.createElementNS = create;
        Node.prototype.cloneNode = clone;
        throw new Error("no element today");
      };
    });
    await page.keyboard.press("c");
    const alert = page.getByRole("alertdialog");
    await expect(alert).toContainText("The program has stopped");
    await expect(alert).toContainText("panicked at");
    await expect(alert.getByLabel("The script")).toHaveValue(/dmsetup clear c/);
    await alert.getByRole("link", { name: "Continue at the same step" }).click();
    await page.locator(".page").waitFor();
    await expect(slider(page)).toHaveAttribute("aria-valuenow", "13");
    await expect(title(page)).toHaveText("Load, write, clear: nothing happens");
    await expect(page.getByRole("alertdialog")).toHaveCount(0);
  });
});

test("with reduced motion a step says in words what changed; without, screen readers alone are told", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto("/#v=1");
  await page.locator(".statement", { hasText: "dmsetup reload" }).first().click();
  for (let i = 0; i < 2; i++) await page.keyboard.press("ArrowLeft");
  const words = page.locator(".changes");
  await expect(words).toContainText("changed:");
  expect((await words.boundingBox()).width).toBeGreaterThan(40);
  await expect(page.locator(".changed").first()).toBeVisible();
  await page.emulateMedia({ reducedMotion: "no-preference" });
  expect((await words.boundingBox()).width).toBeLessThan(2);
});

for (const [x, pictures] of [["off", 1], ["compare", 2]]) {
  test(`printed, ${x}: the picture, the caption and the verdicts, in light colours, and all that only a pointer shows as tables`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 794, height: 1123 });
    await page.goto(`/#v=1&s=reload-while-live&x=${x}&at=9999`);
    const said = await page.locator(".sentence").textContent();
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    await expect(page.locator("svg.picture[data-run]")).toHaveCount(pictures);
    for (const picture of await page.locator("svg.picture[data-run]").all()) {
      const { x: left, width } = await picture.boundingBox();
      expect(left >= 0 && left + width <= 794 && width > 600).toBe(true);
      await expect(picture.locator(".datum").first()).toBeVisible();
    }
    await expect(page.locator(".sentence")).toBeVisible();
    await expect(page.locator(".sentence")).toContainText(said.slice(0, 40));
    const beside = page.locator(x === "off" ? ".said" : ".printed");
    await expect(beside.locator("[data-verdict=check]:visible")).toHaveCount(pictures);
    await expect(beside.locator("[data-verdict=truth][data-kind=lost]:visible")).toHaveCount(1);
    await expect(page.locator("[data-table-of='Blocks of the metadata device']").first()).toBeVisible();
    await expect(page.getByRole("heading", { name: "Reload while live" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Play" })).toBeHidden();
    const ink = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue("--ink").trim());
    expect(await ink()).toBe("#12161c");
    await page.emulateMedia({ media: "screen", colorScheme: "dark" });
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    await expect(page.locator("[data-table-of]")).toHaveCount(0);
    expect(await ink()).toBe("#e9edf3");
  });
}
