// A click keeps no key: with a real mouse on the controls, and the keys that the page names after it. And a change of circumstances
// keeps the moment.
import { expect, hasRun, test, title } from "./page.js";

const slider = (page) => page.getByRole("slider", { name: "Step" });
const at = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));
const sentence = (page) => page.locator(".sentence").evaluate((p) => p.firstChild.textContent.trim());

/** The mouse on the middle of an element. */
const press = async (page, locator) => {
  await locator.scrollIntoViewIfNeeded();
  const box = await locator.boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
};

/** Arrows step and Space plays; nothing else happens. */
const keysAreThePages = async (page, what) => {
  await hasRun(page);
  await page.keyboard.press("Home");
  const before = await page.getByRole("radio", { checked: true }).first().textContent();
  await page.keyboard.press("ArrowRight");
  await expect(slider(page), `→ after ${what}`).toHaveAttribute("aria-valuenow", "2");
  await page.keyboard.press("ArrowLeft");
  await expect(slider(page), `← after ${what}`).toHaveAttribute("aria-valuenow", "1");
  expect(await page.getByRole("radio", { checked: true }).first().textContent(), what).toBe(before);
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Pause" }), `Space after ${what}`).toBeVisible();
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Play" }), `Space again after ${what}`).toBeVisible();
};

const clicked = {
  "a choice of sharing": (page) => page.getByRole("radio", { name: /^On/ }),
  "the comparison": (page) => page.getByRole("radio", { name: "Compare" }),
  "a tab": (page) => page.getByRole("tab", { name: "Kernel log" }),
  "a statement": (page) => page.locator(".statement", { hasText: "dmsetup status c" }).first(),
  "a question": (page) => page.locator(".ask summary").first(),
  "a pane of the inspector": (page) => page.getByRole("button", { name: "Mappings", exact: true }),
  "a step button": (page) => page.getByRole("button", { name: "Step forward" }),
  "the speed": (page) => page.getByRole("button", { name: /^Speed/ }),
  "the theme": (page) => page.getByRole("button", { name: /^Theme/ }),
  "the plots": (page) => page.getByRole("button", { name: "Plots" }),
  "the track": (page) => slider(page),
  "a tile": (page) => page.locator("[data-row=disk][data-block='0']").first(),
};

for (const [what, find] of Object.entries(clicked)) {
  test(`after a click on ${what} the keys are the page's`, async ({ page }) => {
    await page.goto("/#v=1&s=reload-while-live&x=off&at=19");
    await press(page, find(page));
    await keysAreThePages(page, what);
  });
}

test("a dialog that was opened by a click gives the keys back to the page", async ({ page }) => {
  for (const name of ["Keyboard", "Embed"]) {
    await page.goto(`/?${name}#v=1&s=reload-while-live&x=off`);
    await press(page, page.getByRole("button", { name, exact: true }));
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await keysAreThePages(page, name);
    await expect(page.getByRole("dialog")).toHaveCount(0);
  }
});

test("a key pressed before the closed dialog has left the page is the page's", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await press(page, page.getByRole("button", { name: "Keyboard", exact: true }));
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.evaluate(() => {
    document.querySelector("dialog").close();
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
  });
  await expect(slider(page)).toHaveAttribute("aria-valuenow", "2");
});

for (const list of ["Kernel", "Format"]) {
  test(`the list ${list}, opened by a click and closed by Esc, keeps no key`, async ({ page }) => {
    await page.goto("/#v=1&s=reload-while-live&x=off");
    const select = page.getByLabel(list, { exact: true });
    const chosen = await select.inputValue();
    await press(page, select);
    await expect.poll(() => select.evaluate((s) => s.matches(":open"))).toBe(true);
    await page.keyboard.press("Escape");
    await expect.poll(() => select.evaluate((s) => s.matches(":open"))).toBe(false);
    await page.keyboard.press("ArrowRight");
    await expect(slider(page)).toHaveAttribute("aria-valuenow", "2");
    await page.keyboard.press("ArrowDown");
    expect(await select.inputValue()).toBe(chosen);
    await keysAreThePages(page, list);
  });
}

test("a scenario chosen in the opened list leaves the keys to the page, by hand and by keyboard", async ({ page }) => {
  for (const pick of [() => page.keyboard.press("Enter"), () => press(page, page.locator("[role=option][aria-selected=true]"))]) {
    await page.goto("/?" + pick.toString().length + "#v=1&s=reload-while-live&x=off");
    await press(page, title(page));
    await expect(page.getByRole("combobox", { name: "Search the scenarios" })).toBeFocused();
    await page.keyboard.press("ArrowDown");
    await expect(page.locator("[role=option][aria-selected=true]")).toHaveAttribute("data-name", "safe-order");
    await pick();
    await expect(title(page)).toHaveText("Suspend, load, resume: the order that was always safe");
    await keysAreThePages(page, "a choice");
  }
});

test("whoever comes with the keyboard keeps the control's own keys", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off&at=5");
  const off = page.getByRole("radio", { name: /^Off/ });
  await press(page, slider(page));
  for (let i = 0; i < 60 && !(await off.evaluate((e) => e === document.activeElement)); i++) await page.keyboard.press("Tab");
  await expect(off).toBeFocused();
  const before = await at(page);
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: /^On/ })).toBeChecked();
  await page.keyboard.press("ArrowLeft");
  await expect(off).toBeChecked();
  expect(await at(page)).toBe(before);
  await page.keyboard.press("Tab");
  const select = page.getByLabel("Kernel", { exact: true });
  await expect(select).toBeFocused();
  const kernel = await select.inputValue();
  await page.keyboard.press("ArrowDown");
  await expect(select).not.toHaveValue(kernel);
});

test("the races' choices keep no key, and a click on an order none either", async ({ page }) => {
  await page.goto("/#v=1&races=close-open");
  const step = page.locator(".races-stage");
  for (const find of [(p) => p.getByRole("radio", { name: /^Off/ }), (p) => p.locator(".order").nth(1), (p) => p.getByRole("tab").first()]) {
    await press(page, find(page));
    await page.keyboard.press("Home");
    await expect(step).toHaveAttribute("data-at", "1");
    await page.keyboard.press("ArrowRight");
    await expect(step).toHaveAttribute("data-at", "2");
  }
});

test("off, on and comparing keep the moment: the same statement and the same part of it", async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto("/#v=1&s=reload-while-live&x=off");
  const to = (name) => press(page, page.getByRole("radio", { name }));
  const last = Number(await slider(page).getAttribute("aria-valuemax"));
  for (let step = 3; step <= last; step += 3) {
    for (let n = (await at(page)) + 1; n <= step; n++) {
      await page.keyboard.press("ArrowRight");
      await expect(slider(page)).toHaveAttribute("aria-valuenow", String(n));
    }
    const [line, said] = [await page.locator(".where").textContent(), await sentence(page)];
    const statement = line.split("line")[1];
    for (const name of [/^On/, "Compare", /^Off/]) {
      await to(name);
      await hasRun(page);
      expect((await page.locator(".where").textContent()).split("line")[1], `step ${step} of off, ${name}`).toBe(statement);
    }
    expect(await at(page), "there and back is where it began").toBe(step);
    expect(await sentence(page)).toBe(said);
  }
});

test("where both worlds say the same, off and on stand at the same sentence", async ({ page }) => {
  for (const [step, said] of [[10, /^Block 1 is written/], [15, /^LVM loads a table before it suspends/], [24, /^No I\/O is under way/]]) {
    await page.goto(`/?${step}#v=1&s=reload-while-live&x=off`);
    while (!(await sentence(page)).match(said)) {
      const before = await at(page);
      await page.keyboard.press("ArrowRight");
      await expect(slider(page)).toHaveAttribute("aria-valuenow", String(before + 1));
    }
    const there = await sentence(page);
    await press(page, page.getByRole("radio", { name: /^On/ }));
    expect(await sentence(page)).toBe(there);
  }
});

test("another kernel and another format keep the moment, too", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=on&at=19");
  const there = await sentence(page);
  for (const [list, choice] of [["Kernel", 3], ["Format", 2], ["Format", 1]]) {
    await page.getByLabel(list, { exact: true }).selectOption({ index: choice });
    await hasRun(page);
    expect(await sentence(page), `${list} ${choice}`).toBe(there);
  }
});

const COMMANDS = ["dm-cache-lab 1", "# Two mistakes", "disk meta 4M", "$ dmsetup remove nothing", "$ cat /nothing", "$ dmsetup ls"].join("\n");

test("what fails on the track is called what it is: a command or an expect", async ({ page }) => {
  const words = page.locator(".scrubber text.bad");
  await page.goto(`/#v=1&x=on&t=${encodeURIComponent(COMMANDS)}`);
  await expect(words).toHaveText(["2 commands fail"]);
  await page.goto(`/?1#v=1&x=on&t=${encodeURIComponent(`${COMMANDS}\nlabel then\nexpect objects 3\n`)}`);
  await expect(words).toHaveText(["2 commands fail", "1 expect fails"]);
  await page.keyboard.press("Home");
  const seen = [];
  for (let i = 0; i < 2; i++) {
    await page.keyboard.press("f");
    seen.push(await at(page));
  }
  expect(new Set(seen).size, "f goes from one to the next").toBe(2);
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await expect(words.filter({ hasText: "expects fail" })).toHaveText("3 expects fail");
});

test("the marks are told apart before there is a picture: in the legend, and in the help of every screen", async ({ page }) => {
  const drawn = (locator) => locator.evaluate((face) => {
    const fill = getComputedStyle(face).fill;
    const id = fill.match(/^url\("?[^#]*#([^")]+)"?\)/)?.[1];
    return { fill: id, there: id !== undefined && document.querySelectorAll(`pattern[id='${id}']`).length === 1 };
  });
  await page.goto("/#v=1&s=empty-machine");
  await expect(page.locator("svg.picture")).toHaveCount(0);
  for (const sheet of [".legend", ".marks-sheet"]) {
    if (sheet === ".marks-sheet") await page.keyboard.press("?");
    const seen = new Set();
    for (const state of [".tile.stale rect.face", ".datum.lost rect.face", ".datum.unreadable rect.face", ".tile.dirty .dots"]) {
      const { fill, there } = await drawn(page.locator(`${sheet} ${state}`).first());
      expect(there, `${state} of ${sheet}`).toBe(true);
      seen.add(fill);
    }
    expect(seen.size, `four patterns of ${sheet}`).toBe(4);
  }
  await page.goto("/?2#v=1&races=close-open");
  await page.keyboard.press("?");
  expect((await drawn(page.locator(".marks-sheet .tile.stale rect.face"))).there).toBe(true);
  await page.goto("/?3#v=1&s=reload-while-live&x=compare&at=999");
  await expect(page.locator("svg.picture")).toHaveCount(2);
  expect((await drawn(page.locator(".datum.lost rect.face").first())).there, "one pattern for two pictures").toBe(true);
});

test("data are lost where I/O goes through the stale table, and the track says so there", async ({ page }) => {
  await page.goto("/#v=1&s=reload-while-live&x=off");
  await expect(page.locator(".scrubber text", { hasText: "data lost" })).toHaveCount(1);
  await expect(page.locator("[data-mark=lost]")).toHaveCount(1);
  const last = Number(await slider(page).getAttribute("aria-valuemax"));
  let first = 0;
  for (let step = 1; step <= last && !first; step++) {
    await expect(slider(page)).toHaveAttribute("aria-valuenow", String(step));
    if (await page.locator("[data-verdict=truth][data-kind=lost]").count()) first = step;
    else await page.keyboard.press("ArrowRight");
  }
  expect(await sentence(page)).toBe("I/O goes through B now. It has 4 mappings and none of A's blocks 50–53: reads of those go to the origin.");
  await expect(page.locator("svg.picture")).not.toContainText("SUSPENDED");
  await expect(page.locator("[data-block-verdict=unreadable]")).toHaveCount(0);
  // The mark is where the playhead is.
  const middle = async (locator) => { const { x, width } = await locator.boundingBox(); return x + width / 2; };
  expect(Math.abs((await middle(page.locator("[data-mark=lost] rect"))) - (await middle(page.locator(".playhead"))))).toBeLessThan(1.5);
  for (const place of ["/?2#v=1&s=reload-while-live&x=on", "/?3#v=1&s=safe-order&x=off"]) {
    await page.goto(place);
    await expect(page.locator("[data-mark=lost]"), place).toHaveCount(0);
  }
});
