// What every test of the page has: a watch over its console, its errors and its requests.
import { test as base, expect } from "@playwright/test";

export { expect };

/** Waits until no script is running any more. */
export const hasRun = (page) => expect(page.locator("[data-running]")).toHaveCount(0, { timeout: 60_000 });

/** The title of what is on show, which opens the list of scenarios. */
export const title = (page) => page.locator(".bar .title button");

/** Opens what the list has under a name, as a hand does: through the title. */
export const choose = async (page, name) => {
  await title(page).click();
  await page.locator(`[role=option][data-name="${name}"]`).click();
  await hasRun(page);
};

/** The names of all scenarios, as the list has them. */
export const names = async (page) => {
  await title(page).click();
  const all = await page.locator("[role=option]").evaluateAll((all) => all.map((o) => o.dataset.name).filter((name) => name !== "races" && name !== "own" && name !== "pasted"));
  await page.keyboard.press("Escape");
  return all;
};

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
