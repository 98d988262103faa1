// The heart of the page: at every step what it draws is what the machine says, with sharing and without, moving or not.
import { readFileSync } from "node:fs";
import { facts, factsOfPage, report } from "./dmlab.js";
import { expect, test } from "./page.js";

const script = readFileSync(new URL("heart.dml", import.meta.url), "utf8");
const link = (sharing) => `/#v=1&x=${sharing}&t=${encodeURIComponent(script)}`;
const nothing = { slots: { live: null, inactive: null, moving: "", leaving: "" }, objects: [], list: "" };

/** Goes to a position by the keyboard, and waits until the page stands there. */
const forward = (page) =>
  page.evaluate(async () => {
    const slider = document.querySelector("[role=slider]");
    const wanted = String(Number(slider.getAttribute("aria-valuenow")) + 1);
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    for (let i = 0; i < 200 && slider.getAttribute("aria-valuenow") !== wanted; i++) await new Promise((done) => setTimeout(done, 5));
  });

const drawn = async (page) => {
  const pictures = await page.evaluate(factsOfPage);
  return pictures.length ? pictures : [nothing];
};

/** The moments of the issue, as steps of the world with sharing. */
const moments = {
  "look-up miss": (s) => s.sentence.includes("no object for meta yet"),
  "look-up hit": (s) => s.sentence.includes("has an object for this device"),
  reload: (s) => s.sentence.includes("waits in the INACTIVE slot"),
  clear: (s) => s.sentence.includes("leaves the INACTIVE slot"),
  resume: (s) => s.sentence.includes("replaces A"),
  "last close": (s) => s.sentence.includes("destructor runs") && s.sentence.endsWith("let go of object a."),
};

for (const reducedMotion of ["no-preference", "reduce"]) {
  for (const sharing of ["off", "on"]) {
    test(`sharing ${sharing}, motion ${reducedMotion}: every step is drawn as the machine has it`, async ({ page }) => {
      test.setTimeout(120_000);
      const { worlds: [world] } = report(script, sharing);
      await page.emulateMedia({ reducedMotion });
      await page.goto(link(sharing));
      for (const step of world.steps) {
        await expect(page.locator(".sentence")).toContainText(step.sentence);
        const wanted = facts(step.picture);
        const { devices, objects } = step.picture;
        expect((await drawn(page))[0], `step ${step.step}: ${step.sentence}`).toEqual(devices.length || objects.length ? wanted : nothing);
        await forward(page);
      }
    });
  }
}

test("without sharing each of these pictures is another one", async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto(link("compare"));
  const { worlds: [, on] } = report(script, "compare");
  const last = Number(await page.getByRole("slider").getAttribute("aria-valuemax"));
  const seen = new Map();
  for (let at = 0; at < last; at++) {
    const sentence = await page.locator(".sentence").evaluate((p) => p.firstChild.textContent);
    const said = sentence.includes(" On: ") ? sentence.split(" On: ")[1] : sentence;
    const pictures = await page.evaluate(factsOfPage);
    for (const [name, is] of Object.entries(moments)) {
      if (on.steps.some((step) => is(step) && step.sentence === said)) seen.set(name, [...(seen.get(name) ?? []), pictures]);
    }
    await forward(page);
  }
  expect([...seen.keys()].sort()).toEqual(Object.keys(moments).sort());
  for (const [name, pairs] of seen) {
    for (const [off, on] of pairs) expect(off, name).not.toEqual(on);
  }
});
