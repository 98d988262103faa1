// The book as readers meet it: with players, without scripts, in its light and its dark theme.
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { readFileSync } from "node:fs";

const contents = readFileSync(new URL("../../book/src/SUMMARY.md", import.meta.url), "utf8");
const pages = [...contents.matchAll(/\(([a-z/-]+)\.md\)/g)].map(([, name]) => `${name}.html`);

/** Waits until the first player runs. */
const live = async (page) => {
  await page.locator("dm-cache-lab").first().scrollIntoViewIfNeeded();
  await expect.poll(() => page.locator("dm-cache-lab").first().evaluate((player) => player.state)).toBe("live");
};

for (const theme of ["light", "navy"]) {
  for (const name of pages) {
    test(`axe finds nothing on ${name}, ${theme}`, async ({ page }) => {
      await page.addInitScript((chosen) => localStorage.setItem("mdbook-theme", chosen), theme);
      await page.goto(`/${name}`);
      if (await page.locator("dm-cache-lab").count()) await live(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
    });
  }
}

test("the table of contents opens and closes from the keyboard", async ({ page }) => {
  await page.goto("/index.html");
  const toggle = page.getByRole("button", { name: "Toggle Table of Contents" });
  const contents = page.getByRole("navigation", { name: "Table of contents" });
  await expect(toggle).toHaveAttribute("aria-expanded", "true");
  await toggle.press("Enter");
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  await expect(contents).not.toBeInViewport();
  await toggle.press("Enter");
  await expect(contents).toBeInViewport();
});

test("a figure runs: it stands where the page says, steps, and compares", async ({ page }) => {
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto("/bug.html");
  const player = page.locator("dm-cache-lab").first();
  await live(page);
  const position = () => player.evaluate((p) => p.position);
  const at = await position();
  expect(at).toBeGreaterThan(10);
  await player.evaluate((p) => p.step());
  expect(await position()).toBe(at + 1);
  await player.evaluate((p) => { p.sharing = "compare"; });
  await expect(player.locator("svg.dmlab[part=picture]")).toHaveCount(2);
  expect(errors).toEqual([]);
});

test("a figure with a script of its own runs it", async ({ page }) => {
  await page.goto("/cache-target.html");
  const player = page.locator("dm-cache-lab").first();
  await live(page);
  await expect(player.locator("svg.dmlab[part=picture]")).toContainText("a sees 4 mappings");
});

test("all figures of a page use one engine", async ({ page }) => {
  const fetched = [];
  page.on("request", (request) => request.url().endsWith(".wasm") && fetched.push(request.url()));
  await page.goto("/bug.html");
  for (const player of await page.locator("dm-cache-lab").all()) {
    await player.scrollIntoViewIfNeeded();
    await expect.poll(() => player.evaluate((p) => p.state)).toBe("live");
  }
  expect(fetched).toHaveLength(1);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("figures are pictures, with the run in words below them", async ({ page }) => {
    await page.goto("/bug.html");
    const figure = page.locator("figure.dmlab-figure").first();
    const picture = figure.getByRole("img", { name: /Reload while live, step \d+/ });
    await expect(picture).toBeVisible();
    await expect(picture).toContainText("has loaded no mappings yet");
    await figure.locator("summary").click();
    await expect(figure.locator("details pre")).toContainText("expect off lost c 50..53");
    await expect(figure.locator("figcaption")).toContainText("b still has the root from when it was opened");
  });

  test("no page is wider than a narrow window", async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of pages) {
      await page.goto(`/${name}`);
      const wide = await page.locator("main").evaluate((main) => main.scrollWidth - main.clientWidth);
      expect(wide, name).toBeLessThanOrEqual(0);
    }
  });
});
