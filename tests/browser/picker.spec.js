// The list of scenarios: it opens by its key and by the title, finds what one expects, and says what runs have shown.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, hasRun, names, test, title } from "./page.js";

const sheet = (page) => page.getByRole("dialog", { name: "Scenarios" });
const search = (page) => page.getByRole("combobox", { name: "Search the scenarios" });
const options = (page) => sheet(page).getByRole("option");
const found = (page) => options(page).evaluateAll((all) => all.map((o) => o.dataset.name));

test("p and the title open it, Esc and the veil close it, and it never opens by itself", async ({ page }) => {
  await page.goto("/#v=1");
  await expect(sheet(page)).toHaveCount(0);
  await page.keyboard.press("p");
  await expect(search(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(sheet(page)).toHaveCount(0);
  const box = await title(page).boundingBox();
  await page.mouse.click(box.x + 10, box.y + 10);
  await expect(search(page)).toBeFocused();
  await page.mouse.click(20, 700);
  await expect(sheet(page)).toHaveCount(0);
  await page.goto("/?2#v=1&races=close-open");
  await page.keyboard.press("p");
  await expect(search(page)).toBeFocused();
  await page.keyboard.type("Reload while");
  await page.keyboard.press("Enter");
  await expect(title(page)).toHaveText("Reload while live");
  await expect(page.getByRole("slider", { name: "Step" })).toBeVisible();
});

test("every scenario of the library is there, under its group, with its title and a line", async ({ page }) => {
  await page.goto("/#v=1");
  const all = await names(page);
  const library = execFileSync(process.env.DMLAB || "target/debug/dmlab", ["list"], { encoding: "utf8" });
  for (const name of all) expect(library).toContain(name);
  expect(all.length).toBe(55);
  await page.keyboard.press("p");
  await expect(sheet(page).getByRole("group")).toHaveCount(7);
  for (const option of await options(page).all()) {
    expect((await option.locator(".item-title").textContent()).length).toBeGreaterThan(4);
    expect((await option.locator(".item-line").first().textContent()).length).toBeGreaterThan(15);
  }
});

for (const [word, wanted, unwanted] of [
  ["lvm", ["lvm-extend", "lvm-mode-switch", "reload-while-live", "double-load"], ["zipf", "crash", "safe-order"]],
  ["crash", ["crash", "older-superblock", "sticky-unclean"], ["lvm-extend", "policy-tour"]],
  ["dirty", ["dirty-bits", "idle-reload", "crash", "passthrough-reload"], ["copy-on-write", "empty-machine"]],
  ["lvextend", ["lvm-extend"], ["reload-while-live"]],
  ["power-cut", ["crash", "cut-between", "lost-fsync"], ["safe-order"]],
  ["real machine", ["reload-while-live", "safe-order"], ["crash", "lost-fsync"]],
  ["DIRTY Bits", ["dirty-bits"], ["zipf"]],
]) {
  test(`"${word}" finds what one expects, and shows where`, async ({ page }) => {
    await page.goto("/#v=1");
    await page.keyboard.press("p");
    await expect(search(page)).toBeFocused();
    await page.keyboard.type(word);
    const all = await found(page);
    for (const name of wanted) expect(all).toContain(name);
    for (const name of unwanted) expect(all).not.toContain(name);
    await expect(sheet(page).getByRole("status")).toHaveText(`${all.length} of 57 match`);
    for (const option of await options(page).all()) {
      const marked = (await option.locator("mark").allTextContents()).map((m) => m.toLowerCase());
      for (const part of word.toLowerCase().split(" ")) expect(marked, await option.getAttribute("data-name")).toContain(part);
    }
    await expect(sheet(page).getByRole("group").first()).toBeVisible();
  });
}

test("what people call it is found as well, and a search without a hit says what to try", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live");
  await title(page).click();
  for (const [typed, name] of [["resize", "lvextend"], ["grow", "lvextend"], ["reboot", "power"], ["uncache", "cleaner"], ["LVS", "lvm"]]) {
    await search(page).fill(typed);
    await expect(page.locator("[role=option] mark", { hasText: new RegExp(`^${name}$`, "i") }).first(), typed).toBeVisible();
  }
  await search(page).fill("resize");
  await expect(page.locator("[role=option][data-name=lvm-extend]")).toBeVisible();
  await search(page).fill("zzz");
  await expect(page.locator("[role=option]")).toHaveCount(0);
  await expect(page.getByRole("dialog")).toContainText("No scenario has all of these words. Try one word: lvm");
});

test("With LVM leaves what loads a table as LVM does, whatever is searched for, and lets go again", async ({ page }) => {
  await page.goto("/#v=1");
  await page.keyboard.press("p");
  const button = sheet(page).getByRole("button", { name: "With LVM" });
  const box = await button.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(button).toHaveAttribute("aria-pressed", "true");
  for (const name of ["reload-while-live", "lvm-mode-switch", "idle-reload"]) expect(await found(page)).toContain(name);
  for (const name of ["safe-order", "zipf", "races", "pasted"]) expect(await found(page)).not.toContain(name);
  const all = (await found(page)).length;
  await expect(sheet(page).getByRole("status")).toHaveText(`${all} of 57 match`);
  for (const option of await options(page).all()) await expect(option.locator(".item-marks")).toContainText("LVM's order");
  await search(page).fill("power-cut");
  expect((await found(page)).length).toBeLessThan(all);
  expect(await found(page)).toContain("cut-between");
  await button.press("Enter");
  expect(await found(page)).toContain("crash");
});

test("arrows move through what was found, Enter opens it, and its title stands as heading", async ({ page }) => {
  await page.goto("/#v=1");
  await page.keyboard.press("p");
  await page.keyboard.type("crash");
  await expect(sheet(page).getByRole("status")).toHaveText(/^\d+ of 57 match$/);
  for (const key of ["ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
  // What is titled so is chosen at first; the second press has nowhere to go.
  const before = options(page).nth(-2);
  await expect(before).toHaveAttribute("aria-selected", "true");
  await expect(search(page)).toHaveAttribute("aria-activedescendant", await before.getAttribute("id"));
  const [name, heading] = [await before.getAttribute("data-name"), await before.locator(".item-title").textContent()];
  await page.keyboard.press("Enter");
  await hasRun(page);
  await expect(sheet(page)).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 2, name: heading })).toBeVisible();
  await expect(page.locator(".file-name")).toHaveText(`${name}.dml`);
  await page.keyboard.press("p");
  await page.keyboard.press("End");
  for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowDown");
  await expect(options(page).last()).toBeInViewport();
});

test("a mark says that it runs on a real machine where a recording has it, and nowhere else", async ({ page }) => {
  await page.goto("/#v=1");
  await page.keyboard.press("p");
  for (const option of await options(page).all()) {
    const name = await option.getAttribute("data-name");
    const marked = (await option.locator(".item-marks").textContent()).includes("runs on a real machine");
    expect(marked, name).toBe(existsSync(`tests/recordings/scenarios/${name}.txt`));
  }
});

test("it fits at every width: nothing sticks out, and its title can be read", async ({ page }) => {
  for (const [width, height] of [[1440, 900], [1280, 720], [1024, 768], [390, 844]]) {
    await page.setViewportSize({ width, height });
    await page.goto(`/?${width}#v=1`);
    await page.keyboard.press("p");
    const wide = await sheet(page).evaluate((d) => [...d.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === "visible" && e.clientWidth).map((e) => e.className));
    expect(wide, `${width}`).toEqual([]);
    await expect(options(page).first()).toBeInViewport();
  }
});

test("the title in the bar stays in its row, however long it is, and pushes nothing out", async ({ page }) => {
  for (const [width, height] of [[1440, 900], [1280, 720], [1024, 768], [390, 844]]) {
    await page.setViewportSize({ width, height });
    await page.goto(`/?${width}#v=1&s=safe-order`);
    const [mark, heading] = [await page.locator(".bar .brand").boundingBox(), await title(page).boundingBox()];
    expect(Math.abs(mark.y + mark.height / 2 - heading.y - heading.height / 2), `${width}`).toBeLessThan(12);
    expect(heading.width, `${width}`).toBeGreaterThanOrEqual(150);
    for (const part of await page.locator(".bar > *").all()) {
      const box = await part.boundingBox();
      if (!box || box.width < 1) continue;
      expect(box.x + box.width, `${width}: ${await part.getAttribute("class")}`).toBeLessThanOrEqual(width + 1);
    }
    if (width >= 1024) for (const list of await page.locator(".bar .picker").all()) expect((await list.boundingBox()).width).toBeGreaterThanOrEqual(60);
  }
});
