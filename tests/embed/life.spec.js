// The element's life: taken out of the page, moved in it, put back, at every moment of its loading.
import { expect, live, on, test } from "./page.js";

/** Counts the runs that are made and freed, and what the element tells. */
const counting = (page) => page.evaluate(async () => {
  await customElements.whenDefined("dm-cache-lab");
  const { Lab } = await import("/pkg/engine.js");
  window.runs = { made: new Set(), freed: new Set() };
  window.heard = [];
  const { marks, free } = Lab.prototype;
  // Every run that is shown is asked for its marks.
  Lab.prototype.marks = function () {
    window.runs.made.add(this);
    return marks.call(this);
  };
  Lab.prototype.free = function () {
    window.runs.freed.add(this);
    return free.call(this);
  };
  addEventListener("error", ({ message }) => window.heard.push(`uncaught: ${message}`));
  addEventListener("unhandledrejection", ({ reason }) => window.heard.push(`unhandled: ${reason}`));
  window.figure = (attributes) => {
    const made = document.createElement("dm-cache-lab");
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    for (const type of ["ready", "step", "error"]) made.addEventListener(type, ({ detail }) => window.heard.push(`${type} ${detail.code ?? ""}`.trim()));
    return made;
  };
});
const runs = (page) => page.evaluate(() => ({ made: window.runs.made.size, freed: window.runs.freed.size, heard: window.heard }));

/** Holds back what the browser asks for at an address, until it is let go. */
async function hold(page, address) {
  let asked;
  let release;
  const met = new Promise((resolve) => { asked = resolve; });
  const gate = new Promise((resolve) => { release = resolve; });
  await page.route(address, async (route) => {
    asked();
    await gate;
    await route.continue().catch(() => {});
  });
  return { met, release };
}

const STAGES = { "its modules": "**/player.js", "the engine": "**/engine_bg.wasm", "its script": "**/own.dml" };

for (const [stage, address] of Object.entries(STAGES)) {
  test(`taken out while ${stage} come, it is never alive, and what asked for it is told`, async ({ page }) => {
    await page.goto("/empty.html");
    await counting(page);
    const held = await hold(page, address);
    await page.evaluate(() => {
      window.one = window.figure({ scenario: "own.dml", autoplay: "" });
      document.querySelector("main").append(window.one);
      window.asked = window.one.play().then(() => "played", (error) => error.code);
    });
    await held.met;
    await page.evaluate(() => window.one.remove());
    await page.waitForTimeout(100);
    held.release();
    expect(await page.evaluate(() => window.asked)).toBe("NO_PAGE");
    await page.waitForTimeout(600);
    expect(await page.evaluate(() => [window.one.state, window.one.playing, window.one.position])).toEqual(["waiting", false, -1]);
    expect(await runs(page)).toEqual({ made: 0, freed: 0, heard: [] });
  });

  test(`moved while ${stage} come, it goes on loading; taken out and put back, it loads anew`, async ({ page }) => {
    await page.goto("/empty.html");
    await counting(page);
    const held = await hold(page, address);
    await page.evaluate(() => {
      window.moved = window.figure({ scenario: "own.dml" });
      window.back = window.figure({ scenario: "own.dml" });
      document.querySelector("main").append(window.moved, window.back);
      window.asked = window.moved.step();
      window.back.step().catch(() => {});
    });
    await held.met;
    await page.evaluate(async () => {
      document.querySelector("main").prepend(window.moved);
      const { state } = window.moved;
      if (state !== "loading") throw new Error(state);
      window.back.remove();
      await new Promise((resolve) => setTimeout(resolve, 50));
      document.querySelector("main").append(window.back);
    });
    held.release();
    expect(await page.evaluate(() => window.asked)).toBe(1);
    for (const name of ["moved", "back"]) await expect.poll(() => page.evaluate((n) => window[n].state, name)).toBe("live");
    expect(await runs(page)).toMatchObject({ made: 2, freed: 0 });
    await page.evaluate(() => document.querySelector("main").replaceChildren());
    await expect.poll(() => runs(page)).toMatchObject({ made: 2, freed: 2 });
    expect((await runs(page)).heard.filter((told) => !/^(ready|step)$/.test(told))).toEqual([]);
  });
}

test("taken out while it plays, wide or narrow, or while its run is opened again, it is freed and silent", async ({ page }) => {
  for (const width of [1000, 390]) {
    await page.setViewportSize({ width, height: 800 });
    for (const what of ["play", "reopen", "share", "story"]) {
      await page.goto("/empty.html");
      await counting(page);
      await page.evaluate(() => {
        window.one = window.figure({ scenario: "own.dml", speed: "20" });
        document.querySelector("main").append(window.one);
        return window.one.step();
      });
      await page.evaluate((act) => {
        if (act === "play") window.one.play();
        else if (act === "reopen") window.one.scenario = "/own.dml";
        else if (act === "share") window.one.sharing = "compare";
        else window.one.view = "story";
        window.one.remove();
      }, what);
      await page.waitForTimeout(400);
      const { made, freed, heard } = await runs(page);
      expect([made, heard.filter((told) => !/^(ready|step)$/.test(told))], what).toEqual([freed, []]);
      const told = heard.length;
      await page.waitForTimeout(300);
      expect((await runs(page)).heard.length, `${what}: nothing more is told`).toBe(told);
    }
  }
});

test("a figure that fails to open gives back what it had", async ({ page }) => {
  await page.goto("/empty.html");
  await counting(page);
  await page.evaluate(() => document.querySelector("main").append(window.figure({ scenario: "own.dml", "start-at": "nowhere" })));
  await expect(page.locator("dm-cache-lab .reason")).toContainText("no label `nowhere`");
  expect(await runs(page)).toEqual({ made: 1, freed: 1, heard: ["error NO_LABEL"] });
});

test("moved within the page it keeps its step, and goes on playing", async ({ page }) => {
  await page.goto("/plain.html");
  const figure = page.locator("#figure");
  await live(figure);
  await on(figure, (e) => e.seek(7));
  await on(figure, (e) => document.getElementById("after").after(e));
  await page.waitForTimeout(100);
  expect(await on(figure, (e) => [e.state, e.position])).toEqual(["live", 7]);
  await on(figure, (e) => Object.assign(e, { speed: 10 }).play());
  await on(figure, (e) => document.getElementById("after").before(e));
  await expect.poll(() => on(figure, (e) => e.position)).toBeGreaterThan(8);
});

test("outside a page it does nothing, and says so", async ({ page }) => {
  await page.goto("/plain.html");
  await live(page.locator("#figure"));
  const codes = await page.evaluate(() => {
    const apart = document.createElement("dm-cache-lab");
    apart.scenario = "crash";
    return Promise.all(["play", "pause", "step", "snapshot", "reset"].map((name) => apart[name]().then(() => "done", ({ code }) => code)));
  });
  expect(codes).toEqual(Array(5).fill("NO_PAGE"));
});
