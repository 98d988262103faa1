// The element in Firefox, Debian's own, driven over WebDriver BiDi.
import { expect, test } from "@playwright/test";
import puppeteer from "puppeteer-core";

const program = process.env.FIREFOX;
test.skip(!program, "FIREFOX names no browser");

test("Firefox runs the element to its end under a strict policy, wide and narrow", async ({ baseURL }) => {
  test.setTimeout(180_000);
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on("console", (message) => ["error", "warn"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    for (const [width, pictureWidth] of [[1000, "640"], [390, "390"]]) {
      await page.setViewport({ width, height: 800 });
      await page.goto(`${baseURL}plain.html`);
      await page.waitForFunction(() => document.querySelector("dm-cache-lab").state === "live", { timeout: 60_000 });
      const seen = await page.evaluate(async () => {
        const element = document.querySelector("dm-cache-lab");
        const inside = element.shadowRoot;
        const outcome = async (sharing) => {
          element.sharing = sharing;
          await element.reset();
          const last = element.last;
          for (let at = 0; at < last; at++) await element.step();
          const verdict = (name) => inside.querySelector(`[data-verdict=${name}]`).dataset.failing;
          const { frame } = await element.snapshot();
          return { end: element.position === last && last > 20, check: verdict("check"), truth: verdict("truth"), lost: frame.worlds[0].picture.data[0].lost };
        };
        return { off: await outcome("off"), on: await outcome("on"), viewBox: inside.querySelector("svg[part=picture]").getAttribute("viewBox").split(" ")[2] };
      });
      expect(seen, `${width} pixels`).toEqual({
        off: { end: true, check: "false", truth: "true", lost: [50, 51, 52, 53] },
        on: { end: true, check: "false", truth: "false", lost: [] },
        viewBox: pictureWidth,
      });
    }
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
