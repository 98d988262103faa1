// What the tests of the element share.
import { test as base, expect } from "@playwright/test";

export { expect };

export const test = base.extend({
  /** Everything fetched so far: address and bytes as they came over the wire. */
  transfers: async ({ page }, use) => {
    const seen = new Map();
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    session.on("Network.requestWillBeSent", ({ requestId, request }) => seen.set(requestId, { url: request.url, bytes: 0 }));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (seen.has(requestId)) seen.get(requestId).bytes = encodedDataLength;
    });
    const list = () => [...seen.values()].filter(({ url }) => url.startsWith("http"));
    await use({ list, bytes: () => list().reduce((sum, { bytes }) => sum + bytes, 0), of: (end) => list().filter(({ url }) => url.endsWith(end)) });
  },
});

export const live = async (element) => {
  await element.scrollIntoViewIfNeeded();
  await expect(element.locator(".player[data-state=live]")).toBeVisible({ timeout: 30_000 });
};

/** Runs a function with the element in the page, once the page's script has made it one: that comes after the page's own load. */
export const on = async (element, act, argument) => {
  await element.evaluate(async () => { await customElements.whenDefined("dm-cache-lab"); });
  return element.evaluate(act, argument);
};
