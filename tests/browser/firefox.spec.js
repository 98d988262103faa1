// The page in Firefox, Debian's own, driven over WebDriver BiDi.
import { test, expect } from "@playwright/test";
import puppeteer from "puppeteer-core";

const program = process.env.FIREFOX;
test.skip(!program, "FIREFOX names no browser");

test("Firefox starts the page, steps the seed and reads its outcome, with sharing and without", async ({ baseURL }) => {
  test.setTimeout(180_000);
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true, args: ["--width=1440", "--height=900"] });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("console", (message) => ["error", "warn"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    const outcome = () =>
      page.evaluate(() => ({
        truth: document.querySelector("[data-verdict=truth]").dataset.failing,
        check: document.querySelector("[data-verdict=check]").dataset.failing,
        lost: document.querySelector("[data-data]").dataset.lost,
        live: document.querySelector("[data-slot=live]").dataset.table,
      }));
    const at = () => page.$eval("[role=slider]", (s) => [Number(s.getAttribute("aria-valuenow")), Number(s.getAttribute("aria-valuemax"))]);
    for (const [sharing, wanted] of [
      ["off", { truth: "true", check: "false", lost: "50 51 52 53", live: "B" }],
      ["on", { truth: "false", check: "false", lost: "", live: "B" }],
    ]) {
      await page.goto(`${baseURL}?${sharing}#v=1&s=reload-while-live&x=${sharing}`);
      await page.waitForSelector(".page");
      await page.waitForFunction(() => !document.querySelector("[data-running]"));
      const [, last] = await at();
      for (let step = 2; step <= last; step++) {
        await page.keyboard.press("ArrowRight");
        await page.waitForFunction((step) => document.querySelector("[role=slider]").getAttribute("aria-valuenow") === String(step), {}, step);
      }
      expect(await outcome(), sharing).toEqual(wanted);
    }
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
