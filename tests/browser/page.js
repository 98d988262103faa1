// What every test of the page has: a watch over its console, its errors and its requests.
import { test as base, expect } from "@playwright/test";

export { expect };

export const test = base.extend({
  requests: async ({}, use) => use([]),
  page: async ({ page, requests }, use) => {
    const complaints = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await use(page);
    expect(complaints, "the console stays silent").toEqual([]);
  },
});
