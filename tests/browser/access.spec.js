// axe on every screen, in both themes.
import AxeBuilder from "@axe-core/playwright";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { choose, expect, test } from "./page.js";

const image = () => gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v2-4d-swapped.img.gz", import.meta.url)));
const pick = (page, name, buffer) => page.getByLabel("Open image").setInputFiles({ name, mimeType: "application/octet-stream", buffer });

const screens = {
  main: async (page) => {
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
  },
  compare: (page) => page.keyboard.press("c"),
  inspector: (page) => page.locator("[data-row=disk][data-block='0']").click(),
  editor: (page) => page.getByRole("button", { name: "Edit", exact: true }).click(),
  presenting: (page) => page.keyboard.press("Shift+P"),
  "an editor with a wrong line": async (page) => {
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByLabel("Script text").fill("dm-cache-lab 1\n# Wrong\nexpct nothing\n");
    await page.getByRole("button", { name: "Run", exact: true }).click();
  },
  help: (page) => page.keyboard.press("?"),
  embed: (page) => page.getByRole("button", { name: "Embed" }).click(),
  image: async (page) => {
    await pick(page, "cmeta.img", image());
    await page.locator("[data-inspected]").waitFor();
  },
  refused: async (page) => {
    await pick(page, "nothing.img", Buffer.from("nothing"));
    await page.locator("[data-refused]").waitFor();
  },
  tables: (page) => page.keyboard.press("Shift+T"),
  bytes: async (page) => {
    await page.locator("[data-row=disk][data-block='0']").click();
    await page.keyboard.press("x");
  },
  "go to block": (page) => page.keyboard.press("g"),
  races: (page) => choose(page, "races"),
  scenarios: (page) => page.keyboard.press("p"),
  "a search that finds nothing": async (page) => {
    await page.keyboard.press("p");
    await page.keyboard.type("no such thing");
  },
  question: async (page) => {
    await page.locator(".statement", { hasText: "write c 0..3" }).first().click();
    for (let i = 0; i < 3; i++) await page.getByRole("button", { name: /^Speed/ }).click();
    await page.getByRole("button", { name: "Play" }).click();
    await page.locator("[data-prompt]").waitFor();
  },
  "an empty machine": (page) => page.goto(`/?empty#v=1&t=${encodeURIComponent("dm-cache-lab 1\n# Empty\nkernel 6.1\ndisk d 1M\n$ dmsetup ls\n")}`),
  "a script that cannot be read": (page) => page.goto(`/?wrong#v=1&t=${encodeURIComponent("dm-cache-lab 1\n# Wrong\nexpct nothing\n")}`),
  phone: async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator("svg.narrow").waitFor();
  },
  "phone, script": async (page) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Script", exact: true }).click();
  },
};

for (const colorScheme of ["light", "dark"]) {
  for (const [name, show] of Object.entries(screens)) {
    test(`axe finds nothing on ${name}, ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.goto("/#v=1");
      await page.keyboard.press("End");
      await show(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
    });
  }
}

for (const width of [390, 768, 1024, 1280]) {
  test(`nothing reaches beyond the edge at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 844 });
    await page.goto("/#v=1");
    await page.keyboard.press("End");
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}

/** The page as a screen reader has it. */
const spoken = async (page) => {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return nodes.filter((n) => !n.ignored).map((n) => ({ role: n.role?.value, name: n.name?.value ?? "", value: String(n.value?.value ?? ""), text: (n.properties ?? []).find((p) => p.name === "valuetext")?.value.value ?? "" }));
};

test("a screen reader hears of every step what happened, and what it changed", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto("/#v=1");
  const slider = page.getByRole("slider");
  const last = Number(await slider.getAttribute("aria-valuemax"));
  for (let at = 1; at <= last; at++) {
    await expect(slider).toHaveAttribute("aria-valuenow", String(at));
    const { said, pieces, changed } = await page.locator(".sentence").evaluate((p) => ({ said: p.firstChild.textContent, pieces: [...p.firstChild.childNodes].map((n) => n.textContent.trim()), changed: p.querySelector(".changes").textContent.trim() }));
    expect(said.length, `step ${at}`).toBeGreaterThan(10);
    const heard = await spoken(page);
    const text = heard.filter((n) => n.role === "StaticText").map((n) => n.name.trim());
    // Its terms are nodes of their own.
    for (const piece of pieces) expect(text.some((t) => t.startsWith(piece.slice(0, 60))), `${said}: ${piece}`).toBe(true);
    if (changed) expect(text.some((t) => t.includes(changed)), changed).toBe(true);
    expect(heard.find((n) => n.role === "slider")?.name).toBe("Step");
    // What the sentence names is on the stage under that name.
    const [, object] = /object ([a-z])\b.*(?:opens|finds|ref_count [1-9])/.exec(said) ?? [];
    if (object) expect(heard.some((n) => n.name.startsWith(`metadata object ${object},`)), said).toBe(true);
    await page.keyboard.press("ArrowRight");
  }
});

test("the stage, its tiles and the verdicts have names that say their state", async ({ page }) => {
  await page.goto("/#v=1");
  await page.locator(".statement", { hasText: "dmsetup status c" }).nth(1).click();
  const heard = await spoken(page);
  const named = (role, start) => heard.some((n) => n.role === role && n.name.startsWith(start));
  for (const landmark of ["banner", "main", "complementary", "contentinfo"]) expect(heard.some((n) => n.role === landmark), landmark).toBe(true);
  expect(named("image", "LIVE slot: table A")).toBe(true);
  expect(named("image", "INACTIVE slot: table B")).toBe(true);
  expect(named("image", "Block 0, superblock, buffer of b, stale")).toBe(true);
  expect(named("group", "metadata object b, held by B")).toBe(true);
  expect(heard.some((n) => n.role === "status")).toBe(true);
});

test("everything is reached by the keyboard alone", async ({ page }) => {
  await page.goto("/#v=1");
  const wanted = new Set(await page.locator("button:visible, select:visible, input:visible, [tabindex='0']:visible").evaluateAll((all) => all.map((e, i) => (e.dataset.reach = String(i)))));
  // Of a set with one stop the arrows reach the rest.
  const roving = await page.locator("[tabindex='-1'][data-reach]").evaluateAll((all) => all.map((e) => e.dataset.reach));
  for (const one of roving) wanted.delete(one);
  const reached = new Set();
  for (let i = 0; i < wanted.size + 20 && reached.size < wanted.size; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => document.activeElement?.dataset?.reach);
    if (at !== undefined) reached.add(at);
  }
  expect([...wanted].filter((one) => !reached.has(one))).toEqual([]);
});

test("from tile to tile by arrows: along the row, and across to the other rows' same block", async ({ page }) => {
  await page.goto("/#v=1");
  await page.locator(".statement", { hasText: "dmsetup status c" }).nth(1).click();
  await page.locator("[data-row=disk][data-block='0']").focus();
  const focused = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
  await page.keyboard.press("ArrowUp");
  expect(await focused()).toContain("buffer of a");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  expect(await focused()).toContain("buffer of b, stale");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Block 0", exact: true })).toBeVisible();
});
