// The ways between page, book and element, as a reader of the site goes them.
import { expect, test } from "@playwright/test";

const live = async (player) => {
  await player.scrollIntoViewIfNeeded();
  await expect.poll(() => player.evaluate((p) => p.state), { timeout: 30_000 }).toBe("live");
};

/** The moment a player shows. */
const ofPlayer = (player) => player.evaluate(async (p) => {
  const { sharing, position, last, frame, script, profile } = await p.snapshot();
  return { sharing, position, last, profile, script: script.trim(), sentence: frame.worlds[0].sentence, lost: frame.worlds.map((w) => w.picture.data.flatMap((d) => d.lost)) };
});

/** The moment the page shows, as far as it can be seen from outside. */
const ofPage = async (page) => {
  await page.locator(".page").waitFor({ timeout: 30_000 });
  await expect(page.locator("[data-running]")).toHaveCount(0, { timeout: 30_000 });
  const slider = page.getByRole("slider", { name: /step/i });
  const number = async (name) => Number(await slider.getAttribute(name)) - 1;
  // The label says more than the mode, as in "Off: before the 2015 fix".
  const label = await page.getByRole("radiogroup", { name: "Metadata sharing" }).getByRole("radio", { checked: true }).textContent();
  const sharing = label.toLowerCase().split(":")[0];
  const lost = await page.locator("[data-data]").evaluateAll((all) => all.map((one) => one.dataset.lost.split(" ").filter(Boolean).map(Number)));
  return { sharing, position: await number("aria-valuenow"), last: await number("aria-valuemax"), lost };
};

for (const [chapter, sharing] of [["bug", "off"], ["bug", "on"], ["bug", "compare"], ["cache-target", null]]) {
  test(`"Open in lab" of a figure in ${chapter}, sharing ${sharing ?? "as it is"}, opens the page at the figure's own moment`, async ({ page, context }) => {
    await page.goto(`/book/${chapter}.html`);
    const player = page.locator("dm-cache-lab").first();
    await live(player);
    if (sharing) await player.evaluate((p, to) => { p.sharing = to; }, sharing);
    await player.evaluate((p) => p.seek("80%"));
    const shown = await ofPlayer(player);
    const opened = context.waitForEvent("page");
    await player.getByRole("link", { name: "Open in lab" }).click();
    const lab = await opened;
    const { sharing: own, position, last, lost } = await ofPage(lab);
    expect({ own, position, last }).toEqual({ own: shown.sharing, position: shown.position, last: shown.last });
    if (shown.lost.some((blocks) => blocks.length)) expect(lost).toEqual(shown.lost);
    await expect(lab.locator(".said .sentence").first()).toContainText(shown.sentence.slice(0, 40));
    const wanted = new URL(lab.url());
    expect(wanted.pathname).toBe("/");
    expect(wanted.hash).toContain(`k=${shown.profile}`);
  });
}

test("a seed goes with the link", async ({ page }) => {
  await page.goto("/book/bug.html");
  const player = page.locator("dm-cache-lab").first();
  await live(player);
  await player.evaluate((p) => { p.seed = 7; });
  await expect(player.getByRole("link", { name: "Open in lab" })).toHaveAttribute("href", /&seed=7&at=\d+$/);
});

test("the page leads to the book, and to what the book says of the element", async ({ page, context }) => {
  await page.goto("/");
  await expect(page.getByRole("link", { name: "Source" })).toHaveAttribute("href", "https://example.org/source");
  await page.getByRole("link", { name: "Book" }).click();
  await expect(page.getByRole("navigation", { name: "Table of contents" })).toBeVisible();
  await page.goto("/#v=1");
  await page.getByRole("link", { name: "Book" }).click();
  await expect(page).toHaveTitle(/dm-cache/);
  await expect(page.getByRole("navigation", { name: "Table of contents" })).toBeVisible();
  await page.goBack();
  await page.getByRole("button", { name: "Embed" }).click();
  await page.getByRole("dialog").getByRole("link", { name: /element/ }).click();
  await expect(page.getByRole("heading", { name: "The element" })).toBeVisible();
  expect(context.pages()).toHaveLength(1);
});

const own = "dm-cache-lab 1\n# A <script> & more\nkernel 6.1\ndisk meta 4M\n$ echo 'a & b </pre> <b>'\n$ dmsetup ls\n";
for (const [name, hash] of [
  ["a scenario of the library", "#v=1&s=reload-while-live&x=off&at=27"],
  ["a comparison on another kernel", "#v=1&s=reload-while-live&x=compare&k=7.3&at=31"],
  ["a scenario in the other format", "#v=1&s=reload-while-live&x=on&f=v2&at=12"],
  ["a script of one's own", `#v=1&x=on&at=3&t=${encodeURIComponent(own)}`],
]) {
  test(`the tag of the Embed dialog shows the page's moment in another page: ${name}`, async ({ page }) => {
    await page.goto(`/${hash}`);
    const shown = await ofPage(page);
    await page.getByRole("button", { name: "Embed" }).click();
    const tag = await page.getByLabel("The tag").textContent();
    await page.route("**/host.html", (route) => route.fulfill({
      contentType: "text/html",
      headers: { "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" },
      body: `<!DOCTYPE html><html lang="en"><title>Another page</title><body>${tag}</body></html>`,
    }));
    const errors = [];
    page.on("console", (message) => message.type() === "error" && !message.text().includes("favicon") && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto("/host.html");
    const player = page.locator("dm-cache-lab");
    await live(player);
    const { sharing, position, last, lost } = await ofPlayer(player);
    expect({ sharing, position, last }).toEqual({ sharing: shown.sharing, position: shown.position, last: shown.last });
    if (shown.lost.length) expect(lost).toEqual(shown.lost);
    expect(errors.filter((text) => !text.includes("404"))).toEqual([]);
  });
}
