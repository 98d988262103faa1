// Nothing lies on anything else, no text leaves its box or gets smaller than 11 px, and the loss is in sight: measured.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, names, test } from "./page.js";
import { SCREENS, SIZES as ALL } from "./screens.js";

const SIZES = [[1440, 900], [1280, 720], [1024, 768], [390, 844]];
const SMALLEST = 11;

/** What is wrong with what is on the screen, in words. */
const faults = async (page) => {
  // What moves may pass over something else.
  await expect(page.locator("svg.picture[data-moving]")).toHaveCount(0);
  return page.evaluate(measured, SMALLEST);
};

const measured = (smallest) => {
  const found = [];
  const name = (e) => `"${e.textContent.trim().slice(0, 40)}"`;
  const seen = (e) => e.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && e.getBoundingClientRect().width > 1;
  const box = (e) => e.getBoundingClientRect();
  // Texts are a little smaller than their lines.
  const overlap = (a, b, by = 1.5) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > by && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;

  // Size of letters: as set, times what their drawing is scaled by.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.textContent.trim() || !seen(e) || e.closest(".hidden, option, script, title")) continue;
    const scale = e.closest("svg") ? Math.hypot(e.getScreenCTM().a, e.getScreenCTM().b) : 1;
    const size = parseFloat(getComputedStyle(e).fontSize) * scale;
    if (size < smallest - 0.01) found.push(`${name(e)} is ${size.toFixed(1)} px`);
  }

  // Every drawing lies in its place, and on no other.
  const drawings = [...document.querySelectorAll("svg.picture")];
  drawings.forEach((d, i) => {
    const around = box(d.closest(".half") ?? d.closest(".drawings"));
    if (box(d).left < around.left - 0.5 || box(d).right > around.right + 0.5) found.push(`drawing ${i} leaves its place`);
    for (const other of drawings.slice(i + 1)) if (overlap(box(d), box(other))) found.push("drawings lie on each other");
  });

  // In a drawing: texts keep clear of each other and of rails, and within the box they stand in.
  for (const drawing of drawings) {
    const texts = [...drawing.querySelectorAll("text")].filter((t) => t.textContent.trim() && seen(t)).map((t) => ({ t, b: box(t) }));
    texts.forEach(({ t, b }, i) => {
      for (const { t: o, b: c } of texts.slice(i + 1)) if (overlap(b, c, 3)) found.push(`${name(t)} on ${name(o)}`);
      const whole = box(drawing);
      if (b.left < whole.left || b.right > whole.right || b.bottom > whole.bottom + 1) found.push(`${name(t)} leaves the drawing`);
    });
    const rects = [...drawing.querySelectorAll("rect.card, rect.slot, rect.face, .chip rect")].filter((r) => !r.closest("defs")).map(box);
    for (const { t, b } of texts) {
      const y = (b.top + b.bottom) / 2;
      const start = getComputedStyle(t).textAnchor === "start" ? b.left + 1 : getComputedStyle(t).textAnchor === "end" ? b.right - 1 : (b.left + b.right) / 2;
      const around = rects.filter((r) => start >= r.left && start <= r.right && y >= r.top && y <= r.bottom).sort((p, q) => p.width * p.height - q.width * q.height)[0];
      if (around && (b.left < around.left - 1 || b.right > around.right + 1)) found.push(`${name(t)} leaves its box`);
      // Text outside of boxes reaches into none.
      if (!around && !t.closest(".not-equal")) for (const r of rects) if (overlap(b, r, 3)) found.push(`${name(t)} reaches into a box`);
    }
    for (const path of drawing.querySelectorAll("path.rail, path.hold")) {
      const ctm = path.getScreenCTM();
      for (let at = 0, all = path.getTotalLength(); at <= all; at += 2) {
        const { x, y } = path.getPointAtLength(at).matrixTransform(ctm);
        const hit = texts.find(({ t, b }) => !t.closest(".not-equal") && x > b.left + 1 && x < b.right - 1 && y > b.top + 3 && y < b.bottom - 3);
        if (hit) {
          found.push(`a rail runs through ${name(hit.t)}`);
          break;
        }
      }
    }
  }

  // Chips, titles and buttons keep clear of each other and show all that they say.
  for (const group of document.querySelectorAll(".half-head, .halves, .said, .bar, .legend, .panes, .section-head, .stage > section, .prompt-line")) {
    if (!seen(group)) continue;
    const parts = [...group.querySelectorAll("h2, .quiet, .verdict, button, .picker, li, .sentence, .where, svg.map")].filter((e) => seen(e) && !e.closest(".hidden"));
    parts.forEach((e, i) => {
      for (const o of parts.slice(i + 1)) if (!e.contains(o) && !o.contains(e) && overlap(box(e), box(o))) found.push(`${name(e)} on ${name(o)}`);
      const around = box(group);
      if (!group.matches(".section-head, .stage > section") && (box(e).top < around.top - 1 || box(e).bottom > around.bottom + 1)) found.push(`${name(e)} leaves its bar`);
      if (e.matches("h2, .verdict, .quiet") && e.scrollWidth > e.clientWidth + 1 && !e.matches(".file-name") && getComputedStyle(e).display !== "inline") found.push(`${name(e)} is cut`);
    });
  }
  // The browser cuts what a closed list says, and lets nobody measure it: so its text is measured by itself.
  const ARROW = 20, pen = document.createElement("canvas").getContext("2d");
  for (const e of document.querySelectorAll("select")) {
    const style = getComputedStyle(e), room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - ARROW;
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const text = e.selectedOptions[0]?.textContent ?? "", width = pen.measureText(text).width;
    if (e.checkVisibility() && width > room + 1) found.push(`the list says ${text}, cut by ${Math.ceil(width - room)} px`);
  }
  // What has a place of its own keeps within it: nothing runs over into what stands below or beside, and nothing is cut.
  for (const part of document.querySelectorAll(".landing-bar, #landing .way, #landing figure, .bar, .panel-head, .bench-head, .present-head, .half-head, .halves, .said, .transport, .dock, .choice-button, .dialog-head, .search, .search-foot, .item-marks, .verdict, .legend")) {
    if (!seen(part)) continue;
    const { overflowX, overflowY } = getComputedStyle(part);
    if (part.scrollHeight > part.clientHeight + 1 && !/auto|scroll/.test(overflowY)) found.push(`${part.className}: ${part.scrollHeight - part.clientHeight} px too tall for its place`);
    if (part.scrollWidth > part.clientWidth + 1 && !/auto|scroll/.test(overflowX)) found.push(`${part.className}: ${part.scrollWidth - part.clientWidth} px too wide for its place`);
  }
  // What the eye sees of texts lies on no other text.
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const e = node.parentElement;
    if (!node.textContent.trim() || !seen(e) || e.closest("svg.picture, .hidden, option, script")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const cuts = [];
    for (let up = e; up; up = up.parentElement) if (getComputedStyle(up).overflow !== "visible" && up !== document.documentElement && up !== document.body) cuts.push(box(up));
    for (const whole of range.getClientRects()) {
      const left = Math.max(whole.left, ...cuts.map((c) => c.left)), right = Math.min(whole.right, ...cuts.map((c) => c.right));
      const b = { left, right, top: whole.top, bottom: whole.bottom, width: right - left };
      const hit = b.width > 1 && document.elementFromPoint((b.left + b.right) / 2, (b.top + b.bottom) / 2);
      if (hit && (hit === e || e.contains(hit) || hit.contains(e))) lines.push({ node, e, b });
    }
  }
  lines.forEach(({ node, e, b }, i) => {
    for (const o of lines.slice(i + 1)) if (o.node !== node && overlap(b, o.b, 4)) found.push(`${name(e)} on ${name(o.e)}`);
  });
  for (const empty of document.querySelectorAll(".empty")) {
    const around = box(empty.parentElement);
    if (box(empty).left < around.left + 8 || box(empty).right > around.right - 8) found.push("the note of an empty machine touches the edge");
  }
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push(`the page is ${root.scrollWidth - innerWidth} px too wide`);
  if (innerWidth >= 900 && !document.querySelector(".page.image, .page.pasted") && root.scrollHeight > innerHeight) found.push(`the page is ${root.scrollHeight - innerHeight} px too tall`);
  return [...new Set(found)];
};

/** Steps at which the stage looks different: an empty machine, a table that waits, one on its way, the loss, the end. */
const STEPS = [0, 3, 9, 19, 22, 23, 25, 26, 28, 30, 32, 33, 36];

for (const [width, height] of SIZES) {
  for (const sharing of ["off", "compare"]) {
    test(`at ${width}×${height} everything keeps its place and its size, ${sharing}`, async ({ page }) => {
      test.setTimeout(120_000);
      await page.setViewportSize({ width, height });
      for (const at of STEPS) {
        await page.goto(`/?${at}#v=1&s=reload-while-live&x=${sharing}&at=${at}`);
        expect(await faults(page), `step ${at + 1}`).toEqual([]);
      }
    });
  }
}

/** Scripts whose words are longer than those of scenario 1, or whose stage holds more. */
const NAMED = ["dm-cache-lab 1", "# Long names", "sharing compare", "disk meta 4M", "disk fast 16M", "disk slow 128M",
  "$ dmsetup create mycache-of-vg0-lv0 --table '0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0'",
  "write mycache-of-vg0-lv0 3 A", "write mycache-of-vg0-lv0 50..52 B", "write mycache-of-vg0-lv0 1001 B",
  "$ dmsetup suspend mycache-of-vg0-lv0"].join("\n");

/** Numbers of six digits on a device so large that not every block has a column. */
const LARGE = ["dm-cache-lab 1", "# Large numbers", "sharing compare", "disk meta 64M", "disk fast 4000M", "disk slow 64G",
  "$ dmsetup create c --table '0 134217728 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0'",
  "write c 123456..123460 A", "write c 900001..900004 B", "$ dmsetup status c", "write c 7 C"].join("\n");

for (const [width, height] of SIZES) {
  test(`at ${width}×${height} every scenario keeps its place and its size`, async ({ page }) => {
    test.setTimeout(600_000);
    await page.setViewportSize({ width, height });
    await page.goto("/#v=1");
    const all = await names(page);
    for (const at of [14, 9999]) {
      for (const name of all) {
        await page.goto(`/?${at}${name}#v=1&s=${name}&at=${at}`);
        expect.soft(await faults(page), `${name}, step ${at + 1}`).toEqual([]);
      }
      for (const sharing of ["off", "compare"]) {
        for (const [what, text] of Object.entries({ "long names": NAMED, "large numbers": LARGE })) {
          await page.goto(`/?${what.replace(" ", "")}${at}${sharing}#v=1&x=${sharing}&at=${at - 7}&t=${encodeURIComponent(text)}`);
          expect.soft(await faults(page), `${what}, step ${at + 1}`).toEqual([]);
        }
      }
    }
  });
}

for (const [size, [width, height, deviceScaleFactor]] of Object.entries(ALL)) {
  for (const colorScheme of ["light", "dark"]) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport: { width, height }, deviceScaleFactor, colorScheme });
      test("every screen keeps its place and its size", async ({ page }) => {
        test.setTimeout(180_000);
        for (const [name, [hash, act]] of Object.entries(SCREENS)) {
          await page.goto(`/?${name}${hash}`);
          await act(page);
          expect.soft(await faults(page), name).toEqual([]);
        }
      });
    });
  }
}

/** Whether all of an element is on the screen, and nothing over it. */
const inSight = (locator) => locator.evaluateAll((all) => all.length > 0 && all.every((e) => {
  const b = e.getBoundingClientRect();
  return [[0.1, 0.1], [0.9, 0.1], [0.5, 0.5], [0.1, 0.9], [0.9, 0.9]].every(([x, y]) => {
    const hit = document.elementFromPoint(b.left + b.width * x, b.top + b.height * y);
    return hit && (e === hit || e.contains(hit) || hit.contains(e) && hit.closest("svg.picture, .verdict") === e.closest("svg.picture, .verdict"));
  });
}));

for (const [width, height] of SIZES) {
  test(`at ${width}×${height} the loss is in sight without scrolling`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    // From the step where it happens to the end.
    for (let at = 28; at <= 33; at++) {
      await page.goto(`/?${at}#v=1&s=reload-while-live&x=off&at=${at}`);
      await expect(page.locator(".picture .datum.lost")).toHaveCount(4);
      expect(await inSight(page.locator(".picture .datum.lost")), `cached blocks, step ${at + 1}`).toBe(true);
      expect(await inSight(page.locator(".picture text.lost-text")), `what a read returns, step ${at + 1}`).toBe(true);
      expect(await inSight(page.locator(".verdict")), `verdicts, step ${at + 1}`).toBe(true);
      if (width > 390) expect(await inSight(page.locator(".datum.lost-origin")), `origin, step ${at + 1}`).toBe(true);
    }
    await page.goto("/?2#v=1&s=reload-while-live&x=compare&at=34");
    // Of both worlds.
    await expect(page.locator("[data-verdict=check]")).toHaveCount(2);
    await expect(page.locator("[data-verdict=truth]")).toHaveCount(2);
    expect(await inSight(page.locator(".verdict")), "verdicts of both").toBe(true);
    if (width > 390) expect(await inSight(page.locator(".picture .datum.lost")), "cached blocks of both").toBe(true);
  });
}

test("the legend is in sight beside one drawing and under two", async ({ page }) => {
  for (const [width, height] of SIZES.filter(([width]) => width > 390)) {
    await page.setViewportSize({ width, height });
    for (const sharing of ["off", "compare"]) {
      await page.goto(`/?${width}${sharing}#v=1&s=reload-while-live&x=${sharing}&at=19`);
      await expect(page.locator(".legend li")).toHaveCount(8);
      expect(await inSight(page.locator(".legend li")), `${width} px, ${sharing}`).toBe(true);
    }
  }
});

test("an inspector that opens moves the stage aside and covers none of it", async ({ page }) => {
  for (const [width, height] of [[1440, 900], [1280, 720], [1024, 768]]) {
    await page.setViewportSize({ width, height });
    for (const sharing of ["off", "compare"]) {
      await page.goto(`/?${width}${sharing}#v=1&s=reload-while-live&x=${sharing}&at=${sharing === "off" ? 30 : 33}`);
      await page.locator("[data-row=disk][data-block='0']").first().click();
      await page.getByRole("heading", { name: "Block 0", exact: true }).waitFor();
      const inspector = await page.locator(".inspector").boundingBox();
      for (const drawing of await page.locator("svg.picture").all()) {
        const box = await drawing.boundingBox();
        expect(box.x + box.width, `${width} px, ${sharing}`).toBeLessThanOrEqual(inspector.x + 1);
      }
      expect(await faults(page), `${width} px, ${sharing}`).toEqual([]);
    }
  }
});

test("the inspector's tabs stand in one row and stay where they are", async ({ page }) => {
  for (const [width, height] of [[1440, 900], [1280, 720]]) {
    await page.setViewportSize({ width, height });
    await page.goto(`/?${width}#v=1`);
    const places = () => page.locator(".pane").evaluateAll((all) => all.map((e) => [e.offsetLeft, e.offsetTop]));
    const before = await places();
    expect(new Set(before.map(([, top]) => top)).size).toBe(1);
    for (const tab of await page.locator(".pane").all()) {
      await tab.click();
      expect(await places()).toEqual(before);
    }
  }
});

test("a notice covers no verdict, no title and no button", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-write", "clipboard-read"]);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    for (const sharing of ["off", "compare"]) {
      await page.goto(`/?${width}${sharing}#v=1&s=reload-while-live&x=${sharing}&at=${sharing === "off" ? 30 : 33}`);
      await page.getByRole("button", { name: /^Share$/ }).or(page.locator("button[title='Copy a link to this moment']")).first().click();
      const notice = await page.locator(".notice").boundingBox();
      const covered = await page.locator(".verdict, button, h2, .picture .datum.lost, .sentence, select").evaluateAll((all, n) => all.filter((e) => {
        const [b, around] = [e.getBoundingClientRect(), e.closest(".drawings")?.getBoundingClientRect()];
        // What is scrolled away is under nothing.
        if (around && (b.top >= around.bottom || b.bottom > around.bottom + 1 && n.y >= around.bottom)) return false;
        return e.checkVisibility() && b.width > 1 && Math.min(b.right, n.x + n.width) - Math.max(b.left, n.x) > 1 && Math.min(b.bottom, n.y + n.height) - Math.max(b.top, n.y) > 1;
      }).map((e) => e.outerHTML.slice(0, 80)), notice);
      expect(covered, `${width} px, ${sharing}`).toEqual([]);
    }
  }
});

test("the focus of the console is drawn whole", async ({ page }) => {
  await page.goto("/#v=1");
  await page.getByRole("log", { name: "Console" }).focus();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  for (const part of ["pre.scrolled", "#console-input"]) {
    await page.locator(part).focus();
    const offset = await page.locator(part).evaluate((e) => parseFloat(getComputedStyle(e).outlineOffset) + parseFloat(getComputedStyle(e).outlineWidth));
    expect(offset, part).toBeLessThanOrEqual(0);
  }
});

const buffer = gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v1-4d-swapped.img.gz", import.meta.url)));

for (const [width, height] of SIZES) {
  test(`at ${width}×${height} the parts of an image keep their places`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto("/#v=1");
    await page.getByLabel("Open image").setInputFiles({ name: "cmeta.img", mimeType: "application/octet-stream", buffer });
    await page.locator("[data-inspected]").waitFor();
    expect(await faults(page)).toEqual([]);
    const [field, map] = [await page.getByLabel("Go to block").first().boundingBox(), await page.locator("svg.map").boundingBox()];
    expect(field.y + field.height, "the field for a block stands above the map").toBeLessThanOrEqual(map.y);
    const button = await page.getByRole("button", { name: "The machine", exact: true }).boundingBox();
    const bar = await page.locator(".bar").boundingBox();
    expect(button.y).toBeGreaterThan(bar.y + 2);
    expect(button.y + button.height).toBeLessThan(bar.y + bar.height - 2);
    // A tree that is wider than the window is made to fit, or says that it goes on.
    const tree = await page.locator(".image-tree .scroll").evaluate((e) => e.scrollWidth - e.clientWidth);
    expect(tree, "the mapping tree is whole").toBeLessThanOrEqual(0);
    for (const tab of ["Raw", "XML dump"]) {
      await page.getByRole("radio", { name: tab }).click();
      await page.locator(".image-stage h2").first().waitFor();
      await expect.poll(() => inSight(page.locator(".image-stage .section-head h2").first()), tab).toBe(true);
      expect(await faults(page), tab).toEqual([]);
    }
  });
}
