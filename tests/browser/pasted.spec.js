// A line of a real machine, pasted by hand: told field by field, in this page alone.
import { expect, hasRun, test, title } from "./page.js";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

const field = (page) => page.getByLabel("A line of a real machine");
const remark = (page, name) => page.getByRole("region", { name });
/** Puts text into the clipboard and pastes it with the keyboard. */
const paste = async (page, text) => {
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await field(page).focus();
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Control+V");
};

/** As a terminal wraps them, with a prompt before them: one that cannot write back, one that has failed. */
const STATUS = `root@host:~# dmsetup status
vg-data: 0 209715200 cache 8 331/2048 1024 96000/102400 1182210 113904
640031 88160 0 0 96000 2 metadata2 writethrough 2 migration_threshold 512
smq 0 rw -
vg-old: 0 8388608 cache Fail
`;
const LVS = `  LV   VG Attr       LSize Pool        Origin       Data%  Meta%  Move Log Cpy%Sync Convert CacheMode
  data vg Cwi-aoC--- 1.00t [fast_cpool] [data_corig] 99.98  12.50           3.06             writeback
`;
const TABLE = "vg-data: 0 209715200 cache 253:3 253:2 253:4 1024 1 writeback smq 2 migration_threshold 2048";

test("from the landing, by keyboard: a pasted status is told field by field, and its remark leads to a scenario", async ({ page, requests }) => {
  await page.goto("/");
  const way = page.getByRole("link", { name: "Paste a line of dmsetup status, table or lvs" });
  await way.focus();
  await page.keyboard.press("Enter");
  await expect(field(page)).toBeFocused();
  const asked = requests.length;
  await paste(page, STATUS);
  await expect(page.locator("#pasted-what")).toHaveText("2 caches. Not known, passed over: root@host:~# dmsetup status");
  const data = page.getByRole("article", { name: "vg-data, dmsetup status" });
  await expect(data.getByRole("row").filter({ hasText: "331/2048" })).toContainText("metadata in use: 16 %");
  await expect(data.getByRole("row").filter({ hasText: "1182210 113904" })).toContainText("read hits, misses: 91 %");
  const unusual = data.getByRole("row").filter({ has: page.getByRole("img", { name: "unusual" }) });
  await expect(unusual).toHaveCount(2);
  await expect(remark(page, "It will not get clean")).toContainText("dmsetup message vg-data 0 migration_threshold 8192");
  await expect(remark(page, "Everything is dirty")).toContainText("nothing is lost");
  await expect(page.getByRole("article", { name: "vg-old, dmsetup status" })).toContainText("The cache has failed");
  expect(requests.length, "nothing is sent").toBe(asked);
  expect(page.url()).not.toContain("vg-data");
  await remark(page, "Everything is dirty").getByRole("link").click();
  await hasRun(page);
  await expect(page.locator(".file-name")).toHaveText("crash.dml");
});

test("from the list of scenarios, with the mouse: lines of table and lvs, typed and pasted", async ({ page }) => {
  await page.goto("/#v=1");
  await title(page).click();
  await page.getByRole("option", { name: /A line of your own machine/ }).click();
  await expect(field(page)).toBeFocused();
  await page.keyboard.type(TABLE);
  await expect(page.getByRole("article", { name: "vg-data, dmsetup table" })).toContainText("metadata device");
  await expect(page.getByRole("heading", { name: "Nothing unusual" })).toBeVisible();
  await paste(page, LVS);
  await expect(page.getByRole("article", { name: "data, lvs" }).getByRole("row").filter({ hasText: "3.06" })).toContainText("dirty, of a cache");
  await paste(page, "lorem ipsum");
  await expect(page.locator("#pasted-what")).toContainText("No line of a cache");
  await page.getByRole("button", { name: "The machine" }).click();
  await expect(page.getByRole("slider", { name: "Step" })).toBeVisible();
  await expect(page).not.toHaveURL(/paste/);
});

test("markup in a line stays text, a long one does not stop the page, and Esc leads back", async ({ page }) => {
  await page.goto("/#v=1&paste=1");
  await expect(field(page)).toBeFocused();
  await paste(page, "<img/src=x/onerror=alert(1)>: 0 8 cache Fail");
  await expect(page.getByRole("article")).toHaveAccessibleName("<img/src=x/onerror=alert(1)>, dmsetup status");
  expect(await page.locator(".pasted-lines img").count()).toBe(0);
  await paste(page, `${"c: 0 8 cache Fail\n".repeat(20_000)}`);
  await expect(page.locator("#pasted-what")).toHaveText("20000 caches.");
  await paste(page, "");
  await page.getByRole("button", { name: "The machine" }).focus();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("slider", { name: "Step" })).toBeVisible();
});

test("a status line is taken along as text, and its machine is built, an empty cache of its sizes", async ({ page }) => {
  await page.goto("/#v=1&paste=1");
  await paste(page, STATUS);
  const [data, old] = ["vg-data", "vg-old"].map((name) => page.getByRole("article", { name: `${name}, dmsetup status` }));
  await data.getByRole("button", { name: "Copy as text" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("1. It will not get clean");
  await expect(page.getByRole("status").filter({ hasText: "Copied." })).toBeVisible();
  await expect(old.getByRole("button", { name: "Build this machine" })).toHaveCount(0);
  await data.getByRole("button", { name: "Build this machine" }).click();
  await hasRun(page);
  await expect(title(page)).toHaveText("A machine like vg-data");
  await expect(page.getByRole("log", { name: "Console" })).toContainText("0 209715200 cache 8 ");
  await expect(page.getByRole("log", { name: "Console" })).toContainText("2 metadata2 writethrough 2 migration_threshold 512 smq 0 rw -");
});
