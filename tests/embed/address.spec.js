// Addresses in attributes, written by a page's author or, in a frame, by whoever wrote the frame's address.
import { expect, live, on, test } from "./page.js";

const figure = (page) => page.locator("dm-cache-lab").first();
const NOWHERE = ["javascript:alert(document.domain)//", "data:text/html,x", "file:///etc/passwd", "blob:http://127.0.0.1/x", "vbscript:x", "mailto:a@b.c", "http://[", "https://",
  "\u0001javascript:alert(1)", "java\nscript:alert(1)"];

/** What the page complains of, and what the element does. */
const complaints = (page) => {
  const all = { errors: [], warnings: [] };
  page.on("pageerror", (error) => all.errors.push(String(error)));
  page.on("console", (message) => message.type() === "warning" && all.warnings.push(message.text()));
  return all;
};

test("a laboratory's address is one of the web, or there is no link", async ({ page }) => {
  const said = complaints(page);
  for (const lab of NOWHERE) {
    said.warnings.length = 0;
    await page.goto(`/pkg/embed.html?scenario=crash&lab=${encodeURIComponent(lab)}`);
    await live(figure(page));
    const link = await on(figure(page), (e) => {
      const open = e.shadowRoot.querySelector("[part=open]");
      return [open.hidden, open.getAttribute("href")];
    });
    expect(link, lab).toEqual([true, null]);
    expect(said.warnings.filter((text) => text.startsWith("dm-cache-lab: lab:")), lab).toHaveLength(1);
    expect(await on(figure(page), (e) => e.step()), `${lab}: the player runs`).toBe(1);
  }
  for (const [lab, opens] of [["/lab/", /^http:\/\/127\.0\.0\.1:\d+\/lab\/#v=1/], ["https://other.example/lab", /^https:\/\/other\.example\/lab#v=1/]]) {
    await page.goto(`/pkg/embed.html?scenario=crash&lab=${encodeURIComponent(lab)}`);
    await live(figure(page));
    await expect(figure(page).getByRole("link", { name: /Open in lab/ })).toHaveAttribute("href", opens);
  }
  // Taken back, the link goes.
  const code = await on(figure(page), (e) => new Promise((resolve) => {
    e.addEventListener("error", ({ detail }) => resolve(detail.code), { once: true });
    e.lab = "javascript:1";
  }));
  expect(code).toBe("ADDRESS");
  await expect(figure(page).locator("[part=open]")).toBeHidden();
  expect(await on(figure(page), (e) => e.shadowRoot.querySelector("[part=open]").hasAttribute("href"))).toBe(false);
  expect(said.errors).toEqual([]);
});

test("a poster is a picture of the site, or there is none, and no other site is asked", async ({ page, transfers, baseURL }) => {
  const said = complaints(page);
  const other = `http://127.0.0.1:${Number(new URL(baseURL).port) + 1}`;
  for (const poster of [...NOWHERE, `${other}/track.svg`, "//other.example/track.svg"]) {
    said.warnings.length = 0;
    await page.goto(`/pkg/embed.html?scenario=crash&poster=${encodeURIComponent(poster)}`);
    await expect(figure(page).getByRole("button", { name: "Play Crash" })).toBeVisible();
    await page.waitForTimeout(150);
    await expect(figure(page).locator("img")).toHaveCount(0);
    expect(said.warnings.filter((text) => text.startsWith("dm-cache-lab: poster:")), poster).toHaveLength(1);
  }
  expect(said.errors).toEqual([]);
  expect(transfers.list().filter(({ url }) => !url.startsWith(baseURL))).toEqual([]);
  // A picture that does not come leaves no hole; one of the site is shown.
  await page.goto("/pkg/embed.html?scenario=crash&poster=/not-here.svg");
  await expect(figure(page).locator("img")).toHaveCount(0);
  await page.goto("/pkg/embed.html?scenario=crash&poster=posters/crash.svg");
  await expect(figure(page).getByRole("img", { name: "Crash, a still picture" })).toBeVisible();
});

test("where the engine may not run, a wrong poster is no picture either", async ({ page }) => {
  const said = complaints(page);
  await page.goto("/nowasm/still.html");
  await expect(page.locator("#bare .reason")).toContainText("'wasm-unsafe-eval'");
  await expect(page.locator("#bare img")).toHaveCount(1);
  await on(page.locator("#bare"), (e) => e.setAttribute("poster", "http://["));
  await on(page.locator("#bare"), (e) => e.play().catch(() => {}));
  await expect(page.locator("#bare .reason")).toContainText("'wasm-unsafe-eval'");
  await expect(page.locator("#bare img")).toHaveCount(0);
  expect(said.errors).toEqual([]);
});

test("what an earlier failure has to show does not replace what a later one shows", async ({ page }) => {
  // The first story is slow: the element fails, gets another poster and fails again before it comes.
  let tell;
  const isSlow = new Promise((resolve) => { tell = resolve; });
  let asked = 0;
  await page.route("**/posters/reload-while-live.txt", async (route) => {
    if (++asked === 1) await isSlow;
    await route.continue();
  });
  await page.goto("/nowasm/still.html");
  await expect.poll(() => asked).toBe(1);
  await on(page.locator("#bare"), (e) => e.setAttribute("poster", "http://["));
  await on(page.locator("#bare"), (e) => e.play().catch(() => {}));
  await expect(page.locator("#bare .reason")).toContainText("'wasm-unsafe-eval'");
  await expect(page.locator("#bare img")).toHaveCount(0);
  const arrived = page.waitForResponse("**/posters/reload-while-live.txt");
  tell();
  await arrived;
  await page.waitForTimeout(200);
  await expect(page.locator("#bare img")).toHaveCount(0);
});

test("a scenario comes from the site itself: no redirect is followed", async ({ page, request, baseURL }) => {
  const other = `http://127.0.0.1:${Number(new URL(baseURL).port) + 1}`;
  const code = (scenario) => page.evaluate((address) => new Promise((resolve) => {
    const made = document.createElement("dm-cache-lab");
    made.setAttribute("scenario", address);
    made.addEventListener("error", ({ detail }) => resolve(detail.code));
    made.addEventListener("ready", () => resolve("ready"));
    document.querySelector("main").prepend(made);
  }), scenario);
  // Where the page's policy would let it through.
  await page.goto("/open/empty.html");
  const before = await (await request.get(`${other}/visits`)).text();
  expect(await code("/own.dml")).toBe("ready");
  expect(await code("/away.dml")).toBe("ORIGIN");
  expect(await code("/moved.dml")).toBe("ORIGIN");
  expect(await code(`${other}/own.dml`)).toBe("ORIGIN");
  expect(await code("//other.example/own.dml")).toBe("ORIGIN");
  for (const nowhere of ["javascript:x.y", "data:text/plain,./x", "http://[", "not-here.dml"]) expect(await code(nowhere), nowhere).toBe("NO_SCENARIO");
  expect(await code("/latin.dml")).toBe("SCRIPT");
  expect(await (await request.get(`${other}/visits`)).text(), "the other site was not asked").toBe(before);
});

test("of a file that does not end no more is read than a script may have", async ({ page, request }) => {
  await page.goto("/wrong.html");
  await on(page.locator("#lost"), (e) => e.setAttribute("scenario", "/endless.dml"));
  await page.locator("#lost").scrollIntoViewIfNeeded();
  await expect(page.locator("#lost .reason")).toContainText("longer than a script may be");
  const sent = async () => Number(await (await request.get("/endless/sent")).text());
  const then = await sent();
  await page.waitForTimeout(500);
  expect(await sent(), "the rest stays where it is").toBe(then);
  // What was under way when the reading ended is in buffers.
  expect(then).toBeLessThan(32 << 20);
});

test("in a sandboxed frame a scenario of the site is one, too", async ({ page }) => {
  await page.goto("/frame.html");
  await page.evaluate(() => { document.getElementById("frame").src = "/pkg/embed.html?scenario=/pkg/posters/crash.txt"; });
  // Fetched from its own site, read, and refused for what stands in it.
  await expect(page.frameLocator("#frame").locator(".reason")).toContainText("line 1");
});
