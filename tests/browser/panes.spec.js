// The inspector's other panes, what is saved of a step, the trace's filters, and the plots.
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./page.js";

const pane = (page, name) => page.getByRole("group", { name: "What the inspector shows" }).getByRole("button", { name, exact: true }).click();
const to = (page, text, nth = 0) => page.locator(".statement", { hasText: text }).nth(nth).click();
const seed = "/#v=1&s=reload-while-live&x=off";

test("the history of a block names who wrote it, and leads there", async ({ page }) => {
  await page.goto(seed);
  await to(page, "dmsetup resume");
  await page.locator("[data-row=disk][data-block='0']").click();
  const history = page.locator(".history");
  await expect(history.locator("li.wrote", { hasText: "b writes it" }).first()).toBeVisible();
  const first = history.locator("li.wrote").first();
  const step = await first.getAttribute("data-step");
  await first.getByRole("button").click();
  await expect(page.getByRole("slider")).toHaveAttribute("aria-valuenow", step);
  await expect(history.locator("li.now")).toHaveAttribute("data-step", step);
});

test("beside each other, the run whose block is chosen is the one that is inspected", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=compare&at=30");
  const inspected = page.getByRole("radiogroup", { name: "Inspected run" });
  const buffers = page.locator(".inspector th", { hasText: "buffer" });
  await page.getByRole("region", { name: "Sharing on" }).locator("[data-row=disk][data-block='0']").click();
  await expect(inspected.getByRole("radio", { name: "Sharing on" })).toBeChecked();
  await expect(buffers).toHaveCount(1);
  await page.getByRole("region", { name: "Sharing off" }).locator("[data-row=disk][data-block='0']").click();
  await expect(inspected.getByRole("radio", { name: "Sharing off" })).toBeChecked();
  await expect(buffers).toHaveCount(2);
  await inspected.getByRole("radio", { name: "Sharing on" }).click();
  await expect(buffers).toHaveCount(1);
});

test("a click on a lost block of data tells what became of it, and leads to where it was lost", async ({ page }) => {
  await page.goto(`${seed}&at=34`);
  const tile = page.locator("svg.picture [data-oblock='50']");
  const box = await tile.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + 12);
  const told = page.locator("[data-datum='50']");
  await expect(told).toContainText("Last written through c: 42 (B).");
  await expect(told).toContainText("It is not cached: a read goes to the origin.");
  await expect(told).toContainText("The origin holds 00; a read returns 00.");
  await expect(told).toContainText("Lost: the write was acknowledged, and no mapping of the LIVE table leads to it.");
  await expect(page.locator("[data-volume=c] tr[aria-current]")).toContainText("LOST");
  await told.getByRole("button", { name: "Jump to the first loss" }).click();
  await expect(page.getByRole("slider")).toHaveAttribute("aria-valuetext", /It has 4 mappings and none of A's blocks 50–53/);
  await told.getByRole("button", { name: "Causes" }).click();
  await expect(page.locator(".why .cause").first()).toBeVisible();
});

test("the blocks of data are one stop of the Tab key, arrows go along them, Enter tells of one", async ({ page }) => {
  await page.goto(`${seed}&at=20`);
  const tiles = page.locator("svg.picture [data-oblock]");
  await expect(page.locator("svg.picture [data-oblock][tabindex='0']")).toHaveCount(1);
  await tiles.first().focus();
  const step = await page.getByRole("slider").getAttribute("aria-valuenow");
  await page.keyboard.press("ArrowRight");
  await expect(tiles.nth(1)).toBeFocused();
  expect(await page.getByRole("slider").getAttribute("aria-valuenow")).toBe(step);
  await page.keyboard.press("Enter");
  const oblock = await tiles.nth(1).getAttribute("data-oblock");
  await expect(page.locator(`[data-datum='${oblock}']`)).toContainText("dirty: newer than the origin.");
  await expect(page.locator(`[data-datum='${oblock}']`)).toContainText("It stays dirty: a chunk of 128 sectors is larger than migration_threshold 0");
});

test("mappings are listed and found; bitsets and the space map say what they hold", async ({ page }) => {
  await page.goto(seed);
  await to(page, "dmsetup status", 1);
  await pane(page, "Mappings");
  const a = page.locator("[data-cache=A]");
  await expect(a.locator("tr[data-cblock]")).toHaveCount(8);
  await page.getByLabel("Find a cblock or oblock of A").fill("52");
  await expect(a.locator("tr[data-cblock]")).toHaveCount(1);
  await pane(page, "Bitsets");
  await expect(a.locator("[data-bits]").first()).toContainText("8 dirty");
  await pane(page, "Space map");
  const counted = Number(await page.locator("[data-counted]").getAttribute("data-counted"));
  expect(counted).toBeGreaterThan(5);
  await page.locator(".pane-part tr", { hasText: "mapping array" }).first().getByRole("button").click();
  await expect(page.getByRole("heading", { name: /^Block \d+$/ }).first()).toBeVisible();
});

test("the policy's queues hold the blocks that are cached", async ({ page }) => {
  await page.goto(seed);
  await to(page, "dmsetup status", 1);
  await pane(page, "Policy");
  const policy = page.locator("[data-policy=A]");
  await expect(policy.locator("[data-queue=Dirty]")).toHaveAttribute("data-len", "8");
  const lens = await policy.locator("[data-queue=Dirty] tr[data-len]").evaluateAll((rows) => rows.map((r) => r.querySelector(".entries").textContent.split(" ").length));
  expect(lens.reduce((a, b) => a + b)).toBe(8);
  await expect(policy.locator("[data-queue=Clean]")).toHaveAttribute("data-len", "0");
});

test("image and XML of a step are saved, and the image opens again as what it was", async ({ page }) => {
  await page.goto(seed);
  await to(page, "dmsetup suspend");
  await pane(page, "Save");
  const save = async (name) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return [download.suggestedFilename(), readFileSync(await download.path())];
  };
  const [imageName, image] = await save("Save image");
  expect(imageName).toMatch(/^reload-while-live-step-\d+\.img$/);
  expect(image.length).toBe(4 << 20);
  expect(image.readBigUInt64LE(32)).toBe(0o6142003n);
  const [xmlName, xml] = await save("Save XML");
  expect(xmlName).toMatch(/\.xml$/);
  expect(xml.toString().match(/<mapping /g)).toHaveLength(8);
  await page.getByLabel("Open image").setInputFiles({ name: imageName, mimeType: "application/octet-stream", buffer: image });
  await expect(page.locator("[data-errors]")).toHaveAttribute("data-exit-code", "0");
  await expect(page.locator("tr[data-cblock]")).toHaveCount(8);
});

test("the trace shows one group of events at a time", async ({ page }) => {
  await page.goto(seed);
  await to(page, "dmsetup create");
  await page.getByRole("tab", { name: "Trace" }).click();
  const trace = page.getByLabel("Events of this step");
  const group = page.getByLabel("Event group");
  const all = (await trace.textContent()).trim().split("\n").filter(Boolean).length;
  const counts = (await group.locator("option").allTextContents()).map((t) => Number(t.split(" ").pop()));
  expect(counts[0]).toBe(counts.slice(1).reduce((a, b) => a + b));
  expect(all).toBe(Math.min(counts[0], 200));
  const n = counts.findIndex((c, i) => i > 0 && c > 0);
  await group.selectOption({ index: n });
  await expect.poll(async () => (await trace.textContent()).trim().split("\n").filter(Boolean).length).toBe(Math.min(counts[n], 200));
});

test("the trace speaks of functions, blocks and letters, not of Rust", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await page.getByRole("tab", { name: "Trace" }).click();
  const trace = page.getByLabel("Events of this step");
  let all = "";
  for (let at = 0; at < 44; at++) {
    all += await trace.textContent();
    await page.keyboard.press("ArrowRight");
    // The second press leaves a question.
    await page.waitForTimeout(30);
  }
  for (const wanted of ["metadata_open: object b over meta for B", "dm_bufio_read: block 9 into bufio of b", "cache_preresume: table B"]) expect(all).toContain(wanted);
  expect(all).not.toMatch(/ \{ |Some\(|None\b|Ok\(|Page\(/);
  await page.getByLabel("Only events that contain").fill("dm_cache_commit");
  await page.locator(".statement", { hasText: "dmsetup suspend" }).first().click();
  await expect(trace).toContainText("dm_cache_commit: object a, clean flag set");
  for (const line of (await trace.textContent()).trim().split("\n").filter(Boolean)) expect(line).toContain("dm_cache_commit");
});

test("plots are drawn by a library that is asked for only then, and stand in a table as well", async ({ page, requests }) => {
  await page.goto("/#v=1");
  expect(requests.filter((url) => /plot/i.test(url))).toEqual([]);
  await page.getByRole("button", { name: "Plots" }).click();
  const plot = page.locator("lab-plot").first();
  await expect(plot).toHaveAttribute("data-drawn", "true");
  await expect(plot.locator("canvas")).toBeVisible();
  expect(requests.filter((url) => /plot/i.test(url)).map((url) => new URL(url).origin)).toEqual(Array(3).fill(new URL(page.url()).origin));
  const painted = await plot.locator("canvas").evaluate((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((v) => v));
  expect(painted).toBe(true);
  await page.locator(".curves summary").first().click();
  const last = page.locator("[data-figures] tbody tr").last();
  const dirty = (await last.locator("td").allTextContents())[3];
  await last.getByRole("button").click();
  await expect(page.getByRole("slider")).toHaveAttribute("aria-valuenow", await page.getByRole("slider").getAttribute("aria-valuemax"));
  expect(Number(dirty)).toBeGreaterThan(0);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
});

for (const [colorScheme, panes] of [["light", ["Block", "Mappings", "Policy", "Bitsets", "Space map", "Save"]], ["dark", ["Block", "Bitsets"]]]) {
  test(`axe finds nothing on the panes, ${colorScheme}`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.goto(seed);
    await to(page, "dmsetup resume");
    await page.locator("[data-row=disk][data-block='0']").click();
    for (const name of panes) {
      await pane(page, name);
      const { violations } = await new AxeBuilder({ page }).include(".inspector").analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`), name).toEqual([]);
    }
  });
}
