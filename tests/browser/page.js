// What every test of the page has: a watch over its console, its errors and its requests.
import { test as base, expect } from "@playwright/test";

export { expect };

/** Waits until no script is running any more. */
export const hasRun = (page) => expect(page.locator("[data-running]")).toHaveCount(0, { timeout: 60_000 });

export const test = base.extend({
  requests: async ({}, use) => use([]),
  // Errors that the test itself brings about.
  complains: [false, { option: true }],
  page: async ({ page, requests, complains }, use) => {
    const complaints = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    // The program starts after the document has loaded: a page is there once it has drawn itself and run its script.
    const goto = page.goto.bind(page);
    page.goto = async (...args) => {
      const response = await goto(...args);
      if (args[0] !== "about:blank") {
        // Behind the landing it is there unseen.
        await page.locator(".page").waitFor({ state: new URL(page.url()).hash ? "visible" : "attached" });
        await hasRun(page);
      }
      return response;
    };
    await use(page);
    if (!complains) expect(complaints, "the console stays silent").toEqual([]);
  },
});
