// The element and the page around it: theme, keyboard, wheel, policy, no scripts.
import AxeBuilder from "@axe-core/playwright";
import { expect, live, on, test } from "./page.js";

const figure = (page) => page.locator("#figure");
const theme = (page) => figure(page).locator(".player").getAttribute("data-theme");

test("the theme follows the page's colours as they change, unless it is given", async ({ page }) => {
  await page.goto("/plain.html");
  await live(figure(page));
  expect(await theme(page)).toBe("light");
  await page.evaluate(() => document.documentElement.classList.add("night"));
  await expect.poll(() => theme(page)).toBe("dark");
  await on(figure(page), (e) => { e.theme = "light"; });
  expect(await theme(page)).toBe("light");
  await on(figure(page), (e) => { e.theme = "auto"; });
  expect(await theme(page)).toBe("dark");
  await page.evaluate(() => document.documentElement.classList.remove("night"));
  await expect.poll(() => theme(page)).toBe("light");
});

test("keys belong to the page: the player takes them at its slider and its controls alone", async ({ page }) => {
  await page.goto("/plain.html");
  await live(figure(page));
  await page.evaluate(() => {
    window.keys = [];
    addEventListener("keydown", (event) => window.keys.push([event.key, event.defaultPrevented]));
  });
  const pressed = async (key) => {
    await page.keyboard.press(key);
    return page.evaluate(() => window.keys.splice(0));
  };
  for (const key of [" ", "ArrowRight", "Home", "n", "c", "d", "?", "g"]) expect(await pressed(key)).toEqual([[key, false]]);
  expect(await on(figure(page), (e) => [e.position, e.playing])).toEqual([0, false]);
  await figure(page).getByRole("slider").focus();
  await pressed("ArrowRight");
  expect(await on(figure(page), (e) => e.position)).toBe(1);
  for (const key of ["n", "c", "/", "Escape"]) expect(await pressed(key)).toEqual([[key, false]]);
  expect(await pressed("Control+ArrowRight")).toContainEqual(["ArrowRight", false]);
  await pressed("End");
  expect(await on(figure(page), (e) => e.position === e.last)).toBe(true);
});

test("Tab goes through the player and out at its other end", async ({ page }) => {
  await page.goto("/plain.html");
  await live(figure(page));
  await page.getByRole("link", { name: "a link", exact: true }).focus();
  let inside = 0;
  for (; inside < 12; inside++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement.tagName !== "DM-CACHE-LAB")) break;
  }
  expect(inside).toBeGreaterThan(3);
  expect(await page.evaluate(() => document.activeElement.textContent)).toBe("another link");
});

test("the wheel over the player scrolls the page", async ({ page }) => {
  await page.goto("/plain.html");
  await live(figure(page));
  await figure(page).hover();
  await page.mouse.wheel(0, 600);
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(300);
});

test("a policy without 'wasm-unsafe-eval' leaves poster, story and the reason", async ({ page, transfers }) => {
  await page.goto("/nowasm/still.html");
  const bare = page.locator("#bare");
  await bare.scrollIntoViewIfNeeded();
  await expect(bare.locator(".reason")).toContainText("'wasm-unsafe-eval'");
  await expect(bare.getByRole("img", { name: /still picture/ })).toBeVisible();
  expect(await bare.locator("img").evaluate((img) => img.complete && img.naturalWidth > 0)).toBe(true);
  await expect(bare.locator("pre")).toContainText("dmsetup reload c");
  // What the author put inside is shown rather than our own.
  await page.evaluate(() => scrollTo(0, 0));
  await expect(figure(page).locator(".reason")).toContainText("'wasm-unsafe-eval'");
  await expect(figure(page).getByAltText("Four blocks are lost")).toBeVisible();
  expect(transfers.of(".wasm"), "what may not run is not fetched").toEqual([]);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });
  test("the reader sees the poster and the story that stand in the element", async ({ page }) => {
    await page.goto("/still.html");
    await expect(page.getByAltText("Four blocks are lost")).toBeVisible();
    await expect(page.getByText("B loads its mappings from an old root.")).toBeVisible();
  });
});

for (const colorScheme of ["light", "dark"]) {
  for (const view of ["stage", "compare", "buffers", "story"]) {
    test(`axe finds nothing on the ${view} view, ${colorScheme}`, async ({ page }) => {
      await page.goto("/open/plain.html");
      await live(figure(page));
      await on(figure(page), async (e, [shown, dark]) => {
        Object.assign(e, { view: shown, theme: dark });
        await e.seek("end");
      }, [view, colorScheme]);
      const { violations } = await new AxeBuilder({ page }).include("#figure").analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
    });
  }
}

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });
  const pictures = (page) => figure(page).locator("svg[part=picture]");

  test("a player has a phone's picture, and the wide one again where there is room", async ({ page }) => {
    await page.goto("/plain.html");
    await live(figure(page));
    await on(figure(page), (e) => e.seek("end"));
    await expect(pictures(page)).toHaveAttribute("viewBox", /^0 0 390 /);
    await expect(pictures(page)).toContainText("b sees 4 mappings");
    await expect(pictures(page).getByText("LOST", { exact: true })).toHaveCount(4);
    const sideways = await figure(page).locator(".stage").evaluate((stage) => stage.scrollWidth - stage.clientWidth);
    expect(sideways).toBeLessThanOrEqual(0);
    // The smallest type of a picture is 11 pixels in its own units.
    const scale = await pictures(page).evaluate((svg) => svg.getScreenCTM().a);
    expect(scale * 11).toBeGreaterThan(9.5);
    await page.setViewportSize({ width: 800, height: 844 });
    await expect(pictures(page)).toHaveAttribute("viewBox", /^0 0 640 /);
    await page.setViewportSize({ width: 1280, height: 1000 });
    await page.evaluate(() => { document.querySelector("main").style.maxWidth = "none"; });
    await expect(pictures(page)).toHaveAttribute("viewBox", /^0 0 840 /);
  });

  test("of a comparison one is shown, and a switch swaps them", async ({ page }) => {
    await page.goto("/plain.html");
    await live(figure(page));
    await on(figure(page), (e) => { e.sharing = "compare"; return e.seek("end"); });
    await expect(pictures(page)).toHaveCount(1);
    await expect(pictures(page)).toContainText("b sees 4 mappings");
    const which = figure(page).getByRole("radio", { name: "Sharing on" });
    await which.focus();
    await which.check();
    await expect(pictures(page)).toContainText("a sees 8 mappings");
    await on(figure(page), (e) => e.back());
    await expect(which, "the switch keeps the focus from step to step").toBeFocused();
    await expect(which).toBeChecked();
    await expect(figure(page).getByText("Off: 4 blocks lost: 50–53")).toBeVisible();
  });

  test("whatever is pressed is 44 pixels high, and the stage stays as it is from step to step", async ({ page }) => {
    await page.goto("/plain.html");
    await live(figure(page));
    await on(figure(page), (e) => { e.lab = "/lab/"; });
    const small = await on(figure(page), (e) => [...e.shadowRoot.querySelectorAll("button, label, a, .scrubber")]
      .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height < 43.5).map((part) => part.className || part.textContent));
    expect(small).toEqual([]);
    const heights = await on(figure(page), async (e) => {
      const seen = new Set();
      for (const share of ["0%", "30%", "60%", "100%"]) {
        await e.seek(share);
        seen.add(Math.round(e.shadowRoot.querySelector(".stage").getBoundingClientRect().height));
      }
      return [...seen];
    });
    expect(heights).toHaveLength(1);
  });

  test("the poster is a phone's, too", async ({ page }) => {
    await page.goto("/clicked.html", { waitUntil: "networkidle" });
    const poster = figure(page).getByRole("img", { name: /still picture/ });
    await expect(poster).toHaveAttribute("src", /reload-while-live-narrow\.svg$/);
    expect(await poster.evaluate((img) => img.naturalWidth)).toBe(390);
  });

  for (const colorScheme of ["light", "dark"]) {
    for (const view of ["stage", "compare"]) {
      test(`axe finds nothing on the ${view} view, ${colorScheme}`, async ({ page }) => {
        await page.goto("/open/plain.html");
        await live(figure(page));
        await on(figure(page), async (e, [shown, dark]) => {
          Object.assign(e, { view: shown, theme: dark, lab: "/lab/" });
          await e.seek("end");
        }, [view, colorScheme]);
        const { violations } = await new AxeBuilder({ page }).include("#figure").analyze();
        expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 4).map((n) => n.target).join(" | ")}`)).toEqual([]);
      });
    }
  }
});

for (const width of [360, 560, 1000]) {
  test(`nothing reaches beyond the edge at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/plain.html");
    await live(figure(page));
    await on(figure(page), (e) => e.seek("end"));
    const seen = await on(figure(page), (e) => {
      const right = e.getBoundingClientRect().right + 0.5;
      return [...e.shadowRoot.querySelectorAll("button, label, .scrubber, .place, .verdict, .sentence")]
        .filter((part) => part.getBoundingClientRect().right > right).map((part) => part.className);
    });
    expect(seen).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}
