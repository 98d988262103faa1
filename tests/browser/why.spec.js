// Why: the causes on the track and beside the stage, the terms of a caption, and what a script comes to.
import AxeBuilder from "@axe-core/playwright";
import { expect, hasRun, test, title } from "./page.js";

const seed = "/#v=1&s=reload-while-live&x=off";
const slider = (page) => page.getByRole("slider", { name: "Step" });
const causes = (page) => page.locator(".causes li");
const clean = async (page, what) => {
  const { violations } = await new AxeBuilder({ page }).include(what).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" | ")}`)).toEqual([]);
};

test("the diamonds are the causes in order, filled when passed, and so is the list", async ({ page }) => {
  await page.goto(`${seed}&at=23`);
  const diamonds = page.locator("[data-mark=cause]");
  expect(await diamonds.evaluateAll((all) => all.map((d) => [Number(d.dataset.at), d.querySelector("title").textContent, d.querySelector("path").classList.contains("ahead")]))).toEqual(
    [[16, "roots copied", false], [23, "disk moves on", false], [27, "tables swap", true], [34, "old root written back", true]]);
  await expect(page.locator(".scrubber text.bad")).toContainText(["roots copied", "disk moves on", "old root written back"]);
  await expect(causes(page).locator(".cause")).toHaveText(["roots copied", "disk moves on", "tables swap", "old root written back"]);
  await causes(page).nth(2).getByRole("button").click();
  await expect(slider(page)).toHaveAttribute("aria-valuenow", "27");
  await expect(causes(page).nth(2)).toContainText("step 27, now");
  await expect(causes(page).nth(2)).toHaveAttribute("aria-current", "step");
  await clean(page, ".inspector");
});

test("a buffer that turns stale is no cause; of two worlds the first cause is that they part", async ({ page }) => {
  await page.goto("/#v=1&s=eviction-luck&x=off&at=0");
  await expect(causes(page).locator(".cause")).toHaveText(["roots copied", "disk moves on", "tables swap"]);
  await expect(page.locator(".scrubber text, .scrubber .diamond", { hasText: "stale" })).toHaveCount(0);
  await page.goto("/?2#v=1&s=reload-while-live&x=compare&at=0");
  const diamonds = page.locator("[data-mark=cause] title");
  await expect(diamonds).toHaveText(["worlds diverge", "disk moves on", "tables swap", "old root written back"]);
  await page.goto("/?3#v=1&s=reload-while-live&x=on");
  await expect(page.locator("[data-mark=cause]")).toHaveCount(0);
});

test("a term is explained while it is pointed at or focused, and the words over the stage are never covered", async ({ page }) => {
  await page.goto(`${seed}&at=26`);
  const term = page.locator(".sentence .term", { hasText: "preresume" });
  const tip = page.getByRole("tooltip", { name: /preresume/ }).or(page.locator(".tip", { hasText: "preresume" })).first();
  await expect(tip).toBeHidden();
  await term.hover();
  await expect(tip).toBeVisible();
  await expect(tip).toContainText("loads its mappings here");
  const [box, stage] = [await page.locator(".tip:visible").boundingBox(), await page.locator("svg.picture").boundingBox()];
  expect(box.x + box.width <= stage.x || box.y >= stage.y + stage.height, "it lies beside the picture").toBe(true);
  await page.mouse.move(700, 300);
  await expect(tip).toBeHidden();
  await term.focus();
  await expect(tip).toBeVisible();
  expect(await term.getAttribute("aria-describedby")).toBe(await page.locator(".tip:visible [role=tooltip]").getAttribute("id"));
  await clean(page, ".foot");
});

for (const [width, height] of [[1440, 900], [1280, 720], [1024, 768], [390, 844]]) {
  test(`at ${width}×${height} the end says what happened and leads on, and covers no stage`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto(`${seed}&at=999`);
    const card = page.getByRole("region", { name: "What happened" });
    const ask = page.getByRole("button", { name: "What happened" });
    // Where the side panel stands by itself, the card is in it.
    if (width < 1200) await ask.click();
    else await expect(ask).toHaveCount(0);
    await expect(card).toBeVisible();
    await expect(card).toContainText("4 blocks lost: 50–53");
    await expect(card).toContainText("the metadata check passes");
    await expect(card).toContainText("9b1cc9f251af");
    const [head, first] = [await card.getByRole("heading").first().boundingBox(), await card.locator("p").first().boundingBox()];
    expect(first.y, "headings stand over what they head").toBeGreaterThanOrEqual(head.y + head.height - 1);
    if (width > 390) {
      const [side, stage] = [await page.locator(".inspector").boundingBox(), await page.locator("svg.picture").first().boundingBox()];
      expect(stage.x + stage.width).toBeLessThanOrEqual(side.x + 1);
      await clean(page, ".inspector");
      if (width < 1200) {
        await page.keyboard.press("Escape");
        await expect(card).toBeHidden();
        await ask.click();
      }
    }
    await card.getByRole("button", { name: /^Empty buffers do not help/ }).click();
    await hasRun(page);
    await expect(slider(page)).toHaveAttribute("aria-valuenow", "1");
    await expect(title(page)).toHaveText("Empty buffers do not help");
    await expect(card).toHaveCount(0);
  });
}

test("the script says in words which world an expectation is about", async ({ page }) => {
  await page.goto(seed);
  await expect(page.locator(".statement", { hasText: /expect (on|off|fixed) / })).toHaveCount(0);
  await expect(page.locator(".statement", { hasText: "with the fix" }).first()).toContainText("expect status c resident 8/256");
  await expect(page.locator(".scope", { hasText: "without the fix" }).first()).toBeVisible();
  await expect(page.locator(".scope", { hasText: "with one shared object" }).first()).toBeVisible();
});
