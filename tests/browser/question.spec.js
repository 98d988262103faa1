// Questions: docked under the stage, reached by playback and by steps, answered by hand and by key; what would answer them is hidden.
import { readFileSync, readdirSync } from "node:fs";
import { expect, hasRun, test } from "./page.js";

const dock = (page) => page.locator("[data-prompt]");
const slider = (page) => page.getByRole("slider", { name: "Step" });
const at = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));
const FIRST = "How many metadata objects will there be after the load?", SECOND = "What will a read of block 50 return after the resume?";
const key = async (page, name) => {
  const before = `${await at(page)}${await dock(page).count()}`;
  await page.keyboard.press(name);
  await expect.poll(async () => `${await at(page)}${await dock(page).count()}`).not.toBe(before);
};
/** Steps forward until a question stands open. */
const reach = async (page) => {
  for (let i = 0; i < 80 && !(await dock(page).count()); i++) await key(page, "ArrowRight");
  await expect(dock(page)).toBeVisible();
};
let opened = 0;
const second = async (page, x = "off") => {
  await page.goto(`/?${++opened}#v=1&s=reload-while-live&x=${x}&at=20`);
  await reach(page);
  await expect(dock(page)).toContainText(SECOND);
};

test("playback stops at a question, which has the focus; its answer is told, and playback goes on", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await page.locator(".statement", { hasText: "write c 0..3" }).first().click();
  for (let i = 0; i < 3; i++) await page.getByRole("button", { name: /^Speed/ }).click();
  await page.getByRole("button", { name: "Play" }).click();
  await expect(dock(page)).toContainText(FIRST, { timeout: 30_000 });
  await expect(dock(page)).toContainText("Question 1 of 2");
  await expect(dock(page)).toBeFocused();
  await expect(page.getByRole("button", { name: "Play" })).toBeVisible();
  await page.keyboard.press("2");
  await expect(dock(page).getByRole("status")).toContainText("Right, without the fix. One if the tables share it");
  await dock(page).getByRole("button", { name: "Go on" }).click();
  await expect(dock(page)).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});

test("a step reaches it too: a second one skips it, and a step back leaves it to be asked again", async ({ page }) => {
  await second(page);
  const there = await at(page);
  await key(page, "ArrowLeft");
  await expect(dock(page)).toHaveCount(0);
  expect(await at(page)).toBe(there - 1);
  await key(page, "ArrowRight");
  await expect(dock(page)).toContainText(SECOND);
  await key(page, "ArrowRight");
  expect(await at(page)).toBe(there + 1);
  await expect(dock(page)).toHaveCount(0);
  await key(page, "ArrowLeft");
  await key(page, "ArrowRight");
  await expect(page.locator(".where")).toContainText(`step ${there + 1} /`);
});

test("a click on a choice answers it, and Go on leads to the step that shows it", async ({ page }) => {
  await second(page);
  const there = await at(page);
  const box = await dock(page).getByRole("button", { name: "An I/O error" }).boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(dock(page).getByRole("status")).toContainText("No, without the fix: Zeros, what the origin holds.");
  await expect(dock(page)).toBeFocused();
  await dock(page).getByRole("button", { name: "Go on" }).click();
  await expect(dock(page)).toHaveCount(0);
  expect(await at(page)).toBe(there + 1);
  await expect(page.getByRole("button", { name: "Play" })).toBeVisible();
});

test("until it is answered no result ahead is shown: not in the script, not on the track", async ({ page }) => {
  await second(page);
  const results = page.locator(".statement", { hasText: "expect" });
  const lines = () => page.locator(".statement").evaluateAll((all) => all.map((s) => Number(s.dataset.line)));
  expect(Math.max(...(await lines()))).toBeLessThan(60);
  await expect(page.locator(".statements .cover")).toContainText("more lines");
  await expect(page.locator(".statement", { hasText: "read c 50..53 0x00" })).toHaveCount(0);
  await expect(page.locator("[data-mark=lost]")).toHaveCount(0);
  await expect(page.locator(".scrubber text", { hasText: "data lost" })).toHaveCount(0);
  await expect(page.locator(".scrubber .cover")).toHaveCount(1);
  await expect(page.locator(".why .cause")).toHaveText(["roots copied", "disk moves on"]);
  const beyond = await page.locator(".scrubber .marks .tick").evaluateAll((all, head) => all.filter((t) => t.getBoundingClientRect().x > head + 2).length, (await page.locator(".playhead").boundingBox()).x + 7);
  expect(beyond, "no tick ahead").toBe(0);
  await page.keyboard.press("1");
  await expect(page.locator(".statement", { hasText: "read c 50..53 0x00" })).toHaveCount(1);
  await expect(page.locator("[data-mark=lost]")).toHaveCount(1);
  await expect(page.locator(".why .cause")).toHaveCount(4);
  await expect(page.locator(".scrubber .cover")).toHaveCount(0);
  expect(await results.count()).toBeGreaterThan(10);
});

test("the stage does not show the answer while the question about block 50 stands open", async ({ page }) => {
  await second(page);
  await expect(page.locator("svg.picture")).toContainText("INACTIVE");
  await expect(page.locator("svg.picture .datum.lost")).toHaveCount(0);
  await expect(page.locator("[data-verdict=truth][data-kind=lost]")).toHaveCount(0);
});

test("compared, both worlds are answered at once", async ({ page }) => {
  await second(page, "compare");
  await page.keyboard.press("1");
  await expect(dock(page).getByRole("status")).toContainText("Without the fix: Zeros, what the origin holds. With it: B, what was written last.");
});

test("Skip leads on without an answer, Space plays on, and digits beyond the choices do nothing", async ({ page }) => {
  await second(page);
  const there = await at(page);
  await page.keyboard.press("4");
  await page.keyboard.press("9");
  await expect(dock(page)).toContainText(SECOND);
  await dock(page).getByRole("button", { name: "Skip" }).click();
  expect(await at(page)).toBe(there + 1);
  await second(page);
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Pause" })).toBeVisible();
});

test("a question without choices shows its answer when asked to", async ({ page }) => {
  const script = 'dm-cache-lab 1\n# Old\ndisk d 1M\n$ dmsetup ls\nask "And now?" answer "Nothing."\n$ dmsetup info\n';
  await page.goto(`/#v=1&t=${encodeURIComponent(script)}`);
  await hasRun(page);
  await reach(page);
  await dock(page).getByRole("button", { name: "Show the answer" }).click();
  await expect(dock(page).getByRole("status")).toHaveText("Nothing.");
});

for (const [width, height] of [[1440, 900], [1280, 720], [1024, 768], [720, 450], [390, 844]]) {
  test(`at ${width}×${height} the dock lies over nothing that can be used, and all choices are in sight`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await second(page);
    for (const button of await dock(page).getByRole("button").all()) {
      const { x, y, width: w, height: h } = await button.boundingBox();
      expect(x >= 0 && x + w <= width && y >= 0 && y + h <= height, await button.textContent()).toBe(true);
      const hit = await button.evaluate((b) => { const r = b.getBoundingClientRect(); return b.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); });
      expect(hit).toBe(true);
      if (width < 600) expect(h).toBeGreaterThanOrEqual(44);
    }
    const [track, over] = [await slider(page).boundingBox(), await dock(page).boundingBox()];
    expect(over.y + over.height).toBeLessThanOrEqual(track.y + 2);
    // Where it has no room over the track it stands under the stage.
    const stage = await page.locator(".drawings").boundingBox();
    if (width < 600) expect(over.y).toBeGreaterThanOrEqual(stage.y + stage.height - 1);
    if (width < 600) await expect(page.locator(".picture [data-oblock]").first()).toBeVisible();
  });
}

/** Scripts with questions: name, and the lines that ask. */
const ASKING = readdirSync("scenarios").filter((file) => file.endsWith(".dml")).sort().map((file) => {
  const lines = readFileSync(`scenarios/${file}`, "utf8").split("\n");
  return { name: file.slice(0, -4), lines, asks: lines.flatMap((line, n) => (line.startsWith("ask ") ? [n] : [])) };
}).filter(({ asks }) => asks.length);

/** All that the page says, to the eye, to a screen reader and to a pointer that rests; without the script that a panic would offer. */
const said = (page) => page.evaluate(() => {
  const root = document.querySelector(".page");
  const attributes = [...root.querySelectorAll("*")].flatMap((e) => [...e.attributes].filter(({ name }) => /^aria-(label|valuetext|description)$|^(title|alt|value|placeholder|data)$/.test(name)).map(({ value }) => value));
  return [root.textContent, ...attributes].join("\n");
});

/** Of every tab, pane and drawing beside the one that shows. */
const saidEverywhere = async (page) => {
  const all = [await said(page)];
  for (const name of ["Kernel log", "Trace", "Console"]) {
    await page.getByRole("tab", { name, exact: true }).click();
    all.push(await said(page));
  }
  for (const pane of await page.locator(".pane").all()) {
    await pane.click();
    all.push(await said(page));
  }
  await page.getByRole("button", { name: "Plots" }).click();
  await page.locator(".as-table summary").first().click();
  all.push(await said(page));
  await page.getByRole("button", { name: "Plots" }).click();
  return all.join("\n");
};

for (const x of ["off", "on"]) {
  for (const part of [0, 1, 2]) {
    test(`while a question is open nothing tells how it ends, ${x}, ${part + 1} of 3`, async ({ page }) => {
      test.setTimeout(300_000);
      let questions = 0;
      for (const { name, lines, asks } of ASKING.filter((_, n) => n % 3 === part)) {
        for (const line of asks) {
          questions += 1;
          await page.goto(`/?${name}${x}${line}#v=1&s=${name}&x=${x}`);
          const question = /^ask "([^"]*)"/.exec(lines[line])[1];
          const sentences = new Set();
          for (let i = 0; i < 200 && !(await dock(page).filter({ hasText: question }).count()); i++) {
            sentences.add(await page.locator(".sentence").textContent());
            await key(page, "ArrowRight");
          }
          await expect(dock(page), `${name}, line ${line + 1}`).toContainText(question);
          sentences.add(await page.locator(".sentence").textContent());
          const now = await saidEverywhere(page);
          const told = (text) => now.includes(text);
          // What comes: the answer, the lines behind it, and what will be said of them.
          expect(told(/"([^"]*)"$/.exec(lines[line])[1]), `${name}, line ${line + 1}: the answer`).toBe(false);
          const before = lines.slice(0, line).join("\n");
          for (const [n, later] of lines.entries()) {
            const text = later.replace(/^(# |\$ |expect (off |on |fixed )?|label )/, "").trim();
            if (n > line && text.length > 12 && !later.startsWith("ask ") && !before.includes(text)) expect.soft(told(text), `${name}, line ${line + 1} tells line ${n + 1}: ${text}`).toBe(false);
          }
          // What the script is about.
          for (const about of lines.slice(2).filter((l, n, all) => l.startsWith("# ") && all.slice(0, n).every((m) => m.startsWith("#")))) {
            expect.soft(told(about.slice(2)), `${name}, line ${line + 1} tells what comes: ${about}`).toBe(false);
          }
          // A table that waits has nothing to say of mappings.
          for (const waiting of await page.locator("[data-slot=inactive]:not([data-table=''])").evaluateAll((all) => all.map((s) => s.dataset.table))) {
            const own = page.locator(`[data-object][data-holders="${waiting}"]`);
            for (const object of await own.evaluateAll((all) => all.map((o) => o.dataset.object))) {
              expect.soft(now, `${name}, line ${line + 1}: ${object} waits with ${waiting}`).toContain(`${object} has loaded no mappings yet`);
              expect.soft(now).not.toMatch(new RegExp(`\\b${object} sees \\d`));
            }
          }
          // Steps that follow say what has not been said before.
          await page.keyboard.press("Escape");
          await expect(dock(page)).toHaveCount(0);
          const later = new Set();
          for (let i = 0; i < 12 && (await at(page)) < Number(await slider(page).getAttribute("aria-valuemax")); i++) {
            await page.keyboard.press("ArrowRight");
            if (await dock(page).count()) await page.keyboard.press("ArrowRight");
            later.add(await page.locator(".sentence").textContent());
          }
          for (const sentence of later) if (!sentences.has(sentence)) expect.soft(told(sentence), `${name}, line ${line + 1} tells: ${sentence}`).toBe(false);
        }
      }
      expect(questions).toBeGreaterThan(5);
    });
  }
}

test("the library's questions are all walked", () => {
  expect(ASKING.flatMap(({ asks }) => asks)).toHaveLength(21);
});

test("the script's current line is in sight wherever a run is opened, and at a question before and after its answer", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  const inSight = (what) => expect.poll(() => page.evaluate(() => {
    const [line, list] = [document.querySelector(".statements [aria-current]"), document.querySelector(".statements")].map((e) => e.getBoundingClientRect());
    return line.top >= list.top - 1 && line.bottom <= list.bottom + 1;
  }), what).toBe(true);
  for (const step of [10, 20, 24, 30]) {
    await page.goto(`/?${++opened}#v=1&s=reload-while-live&x=off&at=${step}`);
    await hasRun(page);
    await inSight(`step ${step}`);
  }
  await second(page);
  await inSight("while it is asked");
  await page.keyboard.press("2");
  await expect(dock(page).getByRole("status")).toBeVisible();
  await inSight("answered");
});
