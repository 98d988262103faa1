// The Embed dialog of a page that stands alone.
import { expect, test } from "./page.js";

const dialog = (page) => page.getByRole("dialog", { name: "Embed this moment" });

test("Embed shows the tag of the moment, from the keyboard, and copies it", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/#v=1&s=reload-while-live&x=off&k=6.1&at=27");
  const button = page.getByRole("button", { name: "Embed" });
  await button.focus();
  await page.keyboard.press("Enter");
  await expect(dialog(page).getByRole("button", { name: "Copy" })).toBeFocused();
  const tag = '<script src="dm-cache-lab/embed.js" defer></script>\n<dm-cache-lab scenario="reload-while-live" sharing="off" start-at="27"></dm-cache-lab>\n';
  expect(await dialog(page).getByLabel("The tag").textContent()).toBe(tag);
  await page.keyboard.press("Enter");
  await expect(dialog(page).getByRole("status")).toHaveText("Copied.");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(tag);
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toHaveCount(0);
  await expect(button).toBeFocused();
});

test("the tag carries what is not the script's own, and a script that is not the library's", async ({ page }) => {
  const tag = async (hash) => {
    await page.goto(`/?${encodeURIComponent(hash)}#v=1&${hash}`);
    await page.getByRole("button", { name: "Embed" }).click();
    const text = await dialog(page).getByLabel("The tag").textContent();
    await page.keyboard.press("Escape");
    return text;
  };
  expect(await tag("s=reload-while-live&x=compare&k=7.3&seed=9&at=4")).toContain('sharing="compare" profile="7.3" seed="9" start-at="4"></dm');
  expect(await tag("s=reload-while-live&x=on&f=v2&at=4")).toContain("metadata2");
  const own = await tag(`x=on&at=0&t=${encodeURIComponent("dm-cache-lab 1\n# <b> & more\ndisk d 1M\n$ dmsetup ls\n")}`);
  expect(own).toContain('start-at="0"><pre hidden>dm-cache-lab 1\n# &lt;b&gt; &amp; more\ndisk d 1M\n$ dmsetup ls</pre></dm-cache-lab>');
});

test("a page without a book beside it has no link to one", async ({ page }) => {
  await page.goto("/#v=1");
  await page.getByRole("button", { name: "Embed" }).click();
  await expect(dialog(page)).toBeVisible();
  await expect(page.locator("a[href*=book]")).toHaveCount(0);
});
