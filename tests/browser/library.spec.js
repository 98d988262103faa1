// Every scenario of the library, walked in the page; and scripts nobody wrote, typed into its console.
import { facts, factsOfPage, report, verdicts } from "./dmlab.js";
import { choose, expect, hasRun, names, test } from "./page.js";
import { script as randomScript } from "./random.js";

/** Scenarios with more steps than this are walked command by command. */
const EVERY_STEP_MAX = 120;

/** Presses a key until the playhead stays where it is; says where it stood each time. */
const walk = (page, key, shiftKey) =>
  page.evaluate(
    async ([key, shiftKey]) => {
      const slider = document.querySelector("[role=slider]");
      const at = () => Number(slider.getAttribute("aria-valuenow"));
      const stood = [at()];
      for (;;) {
        window.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
        for (let i = 0; i < 6 && at() === stood.at(-1); i++) await new Promise((done) => setTimeout(done, i));
        if (at() === stood.at(-1)) return stood;
        stood.push(at());
      }
    },
    [key, shiftKey],
  );

/** Marks of the script as the page draws them, in the signs of the command line. */
const marks = (page) =>
  page.locator(".statement").evaluateAll((all) =>
    all.map(({ dataset: s }) => {
      const sign = { yes: "✓", no: "✗", "": " " }[s.held];
      return { line: s.line, mark: s.asDeclared === "true" ? sign : "!" };
    }),
  );

/** What the command line says of the same statements; those that the page shows as headings and questions have no mark there. */
const wantedMarks = (name, sharing, shown) => {
  const all = verdicts(name, sharing).map(({ line, mark }) => ({ line, mark: mark === "·" ? " " : mark }));
  const lines = new Set(shown.map(({ line }) => line));
  expect(all.filter(({ line, mark }) => mark !== " " && !lines.has(line)), name).toEqual([]);
  return all.filter(({ line }) => lines.has(line));
};

for (const part of [0, 1]) {
  for (const sharing of ["off", "on"]) {
    test(`scenarios, half ${part + 1}, sharing ${sharing}: there, back and there again, with the verdicts of the command line`, async ({ page }) => {
      test.setTimeout(900_000);
      await page.goto("/#v=1");
      const all = (await names(page)).filter((_, i) => i % 2 === part);
      expect(all.length).toBeGreaterThan(10);
      for (const name of all) {
        await choose(page, name);
        await expect(page.locator(".file-name"), name).toHaveText(`${name}.dml`);
        await page.getByRole("radio", { name: sharing === "off" ? /^Off/ : /^On/ }).click();
        await hasRun(page);
        await page.getByRole("button", { name: "First step" }).click();
        const slider = page.getByRole("slider");
        await expect(slider, name).toHaveAttribute("aria-valuenow", "1");
        const last = Number(await slider.getAttribute("aria-valuemax"));
        const byCommand = last > EVERY_STEP_MAX || sharing === "on";
        expect((await walk(page, "ArrowRight", byCommand)).at(-1), name).toBe(last);
        const shown = await marks(page);
        expect(shown, name).toEqual(wantedMarks(name, sharing, shown));
        expect((await walk(page, "ArrowLeft", byCommand)).at(-1), name).toBe(1);
        expect((await walk(page, "ArrowRight", byCommand)).at(-1), name).toBe(last);
      }
    });
  }
}

for (const seed of [1, 2, 3, 4]) {
  test(`random script ${seed}, typed into the console, ends as on the command line`, async ({ page }) => {
    test.setTimeout(180_000);
    const { head, commands } = randomScript(seed);
    for (const sharing of ["off", "on"]) {
      await page.goto(`/?${sharing}#v=1&x=${sharing}&t=${encodeURIComponent(head)}`);
      const input = page.getByLabel("Type a command");
      for (const command of commands) {
        await input.fill(command);
        await input.press("Enter");
        await expect(input).toHaveValue("");
      }
      await expect(page.locator(".problem")).toHaveCount(0);
      await hasRun(page);
      const slider = page.getByRole("slider");
      await expect.poll(async () => (await slider.getAttribute("aria-valuenow")) === (await slider.getAttribute("aria-valuemax"))).toBe(true);
      const { worlds: [world] } = report(`${head}\n${commands.map((c) => (c.startsWith("dmsetup") ? `$ ${c}` : c)).join("\n")}\n`, sharing);
      const end = world.steps.at(-1);
      const pictures = await page.evaluate(factsOfPage);
      if (end.picture.devices.length || end.picture.objects.length) expect(pictures[0]).toEqual(facts(end.picture));
      const held = { held: "yes", failed: "no", "failed-before-fix": "no", error: "no" };
      const wanted = world.statements.map((s) => held[typeof s.outcome === "string" ? s.outcome : Object.keys(s.outcome)[0]] ?? "");
      expect(await page.locator(".statement").evaluateAll((all) => all.map((s) => s.dataset.held))).toEqual(wanted);
      const kinds = ["lost", "old", "unreadable", "unpromised"].filter((kind) => end.picture.data.some((d) => d[kind].length));
      const shown = await page.locator("[data-verdict=truth]").evaluateAll((all) => all.map((chip) => chip.dataset.kind));
      expect(shown).toEqual(kinds.length ? kinds : ["kept"]);
    }
  });
}
