// A real metadata image in the page: images that Linux wrote, damaged ones, and files that are none.
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "./page.js";

const recording = (name) => gunzipSync(readFileSync(new URL(`../recordings/6.1/03c-seed-frozen/${name}.img.gz`, import.meta.url)));

const open = async (page, name, buffer) => {
  await page.goto("/#v=1");
  await page.getByLabel("Open image").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
};

const field = (page, name) => page.locator(`[data-field=${name}] dd`);
const owner = (page, name) => page.locator(`[data-owner=owner-${name}]`);

test("an image that Linux wrote shows superblock, blocks, mappings and a clean report", async ({ page }) => {
  const image = recording("v1-4d-swapped");
  await open(page, "cmeta.img", image);
  await expect(page.locator("svg.map")).toHaveAttribute("data-blocks", String(image.length / 4096));
  await expect(field(page, "version")).toHaveText("1");
  await expect(field(page, "mapping_root")).toHaveText(String(image.readBigUInt64LE(192)));
  await expect(field(page, "cache_blocks")).toHaveText("256");
  await expect(owner(page, "sb")).toHaveAttribute("data-count", "1");
  await expect(owner(page, "sm")).not.toHaveAttribute("data-count", "0");
  await expect(page.locator("[data-errors]")).toHaveAttribute("data-exit-code", "0");
  const rows = page.locator("tr[data-cblock]");
  await expect(rows.first()).toBeVisible();
  await field(page, "mapping_root").getByRole("button").click();
  await expect(page.locator("[data-inspected]")).toHaveAttribute("data-inspected", String(image.readBigUInt64LE(192)));
  await expect(page.locator("[data-inspected]")).toContainText("btree node");
  await page.getByRole("button", { name: "The machine", exact: true }).click();
  await expect(page.locator(".sentence")).toBeVisible();
});

test("a damaged image shows what can be read, and what the damage costs", async ({ page }) => {
  const image = Buffer.from(recording("v2-4d-swapped"));
  const root = Number(image.readBigUInt64LE(192));
  const array = Number(image.readBigUInt64LE(root * 4096 + 32 + image.readUInt32LE(root * 4096 + 20) * 8));
  image[array * 4096 + 100] ^= 0xff;
  await open(page, "damaged.img", image);
  await expect(page.locator("[data-errors]")).toHaveAttribute("data-exit-code", "1");
  await expect(page.locator("[data-damage='mapping array']").first()).toContainText("Costs cblocks 0–255");
  await expect(page.locator(`[data-bad='${array}']`)).toHaveCount(1);
  await expect(page.locator("tr.hole")).toContainText("0–255");
  await page.getByRole("button", { name: `Block ${array}` }).first().click();
  await expect(page.locator("[data-inspected]").getByRole("alert")).toBeVisible();
});

const garbage = [
  ["a picture", Buffer.concat([Buffer.from("\x89PNG", "latin1"), Buffer.alloc(9000, 7)]), "magic", "a picture"],
  ["zeros", Buffer.alloc(1 << 20), "magic", "zeros: on such a device"],
  ["a few bytes", Buffer.from("hello"), "5 bytes", "text"],
  ["a gzip file of something else", gzipSync(Buffer.from("x".repeat(9000))), "magic", "text"],
  ["a broken gzip file", Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(8192, 1)]), "cannot be unpacked", "a broken gzip file"],
];

for (const [what, bytes, why, seems] of garbage) {
  test(`${what} is refused with the check that failed and what it seems to be`, async ({ page }) => {
    await open(page, "<b>file</b>", bytes);
    const alert = page.locator("[data-refused]");
    await expect(alert).toContainText("<b>file</b> is not a dm-cache metadata image");
    await expect(alert).toContainText(why);
    await expect(alert).toContainText(seems);
    await page.getByRole("button", { name: "Back to the machine" }).click();
    await expect(page.locator(".sentence")).toBeVisible();
  });
}

// A browser that has not yet asked for the size of a file says that it has none once it is gone.
for (const [when, asked] of [["read", true], ["its size is known", false]]) {
  test(`a file that is gone before ${when} is not called something else than an image`, async ({ page }) => {
    const file = test.info().outputPath("gone.img");
    writeFileSync(file, recording("v1-4d-swapped"));
    await page.route("**/image-worker.js?*", (route) => {
      unlinkSync(file);
      return route.continue();
    });
    await page.goto("/#v=1");
    await page.evaluate((asked) => document.addEventListener("change", (event) => {
      const size = Object.getOwnPropertyDescriptor(Blob.prototype, "size").get;
      if (asked) size.call(event.target.files[0]);
    }, { capture: true, once: true }), asked);
    await page.getByLabel("Open image").setInputFiles(file);
    const alert = page.getByRole("alert");
    await expect(alert).toContainText("gone.img could not be read");
    await expect(alert).toContainText("the browser could not read the file");
  });
}

/** Drops a file on the page as a hand does: the browser itself carries it from the disk. */
const dropOn = async (page, name, bytes) => {
  const file = test.info().outputPath(name);
  writeFileSync(file, bytes);
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) await client.send("Input.dispatchDragEvent", { type, x: 500, y: 300, data });
};

test("the reader is a program of its own, fetched when an image is opened and in the version of the page", async ({ page, requests }) => {
  await page.goto("/#v=1");
  const program = (await page.locator("script[data-app]").getAttribute("data-app")).split("/").at(-1);
  const before = requests.length;
  await page.getByLabel("Open image").setInputFiles({ name: "cmeta.img", mimeType: "application/octet-stream", buffer: recording("v1-4d-swapped") });
  await expect(page.locator("svg.map")).toBeVisible();
  const own = new URL(".", page.url()).href;
  expect(requests.slice(before).sort()).toEqual(["image-worker.js", "reader.js", "reader_bg.wasm"].map((name) => `${own}${name}?${program}`));
});

test.describe("where a file of the reader is missing", () => {
  test.use({ complains: true });

  for (const [file, why] of [["image-worker.js", "image-worker.js could not be loaded"], ["reader.js", "/reader.js"], ["reader_bg.wasm", "404"]]) {
    test(`${file}: the page says why the image could not be read, and the machine is still there`, async ({ page }) => {
      await page.route(`**/${file}?*`, (route) => route.fulfill({ status: 404, body: "none here" }));
      await open(page, "cmeta.img", recording("v1-4d-swapped"));
      const alert = page.getByRole("alert");
      await expect(alert).toContainText("cmeta.img could not be read");
      await expect(alert).toContainText(why);
      await page.getByRole("button", { name: "Back to the machine" }).click();
      await expect(page.locator(".sentence")).toBeVisible();
    });
  }
});

test("an image is opened by dropping it on the page", async ({ page }) => {
  await page.goto("/#v=1");
  const image = recording("v1-4d-swapped");
  await dropOn(page, "dropped.img", image);
  await expect(page.locator("svg.map")).toHaveAttribute("data-blocks", String(image.length / 4096));
  await expect(page.getByText("dropped.img").first()).toBeVisible();
});

test("the XML of cache_dump is opened like an image, by dropping it", async ({ page }) => {
  await page.goto("/#v=1");
  const xml = `<superblock uuid="" block_size="128" nr_cache_blocks="256" policy="smq" hint_width="4">
  <mappings>
    <mapping cache_block="0" origin_block="7" dirty="false"/>
    <mapping cache_block="3" origin_block="50" dirty="true"/>
  </mappings>
  <hints>
    <hint cache_block="0" data="AAAAAA=="/>
    <hint cache_block="3" data="AQAAAA=="/>
  </hints>
</superblock>
`;
  await dropOn(page, "dump.xml", Buffer.from(xml));
  await expect(page.locator("tr[data-cblock]")).toHaveCount(2);
  await expect(page.locator("tr[data-cblock='3']")).toContainText("50");
  await expect(page.locator("tr[data-cblock='3']")).toContainText("dirty");
});

/** The v2 recording with one bit of its only mapping block turned, and that block's number. */
const damaged = () => {
  const image = Buffer.from(recording("v2-4d-swapped"));
  const root = Number(image.readBigUInt64LE(192));
  const block = Number(image.readBigUInt64LE(root * 4096 + 32 + image.readUInt32LE(root * 4096 + 20) * 8));
  image[block * 4096 + 100] ^= 0xff;
  return { image, block };
};
const verdict = (page) => page.locator(".image-verdict");
const loss = (page, what) => page.locator(".losses dt", { hasText: new RegExp(`^${what}$`) }).locator("+ dd strong");

test("a sound image has one verdict: Linux will load it, and nothing is to be repaired", async ({ page }) => {
  await open(page, "cmeta.img", recording("v1-4d-swapped"));
  await expect(verdict(page)).toHaveAttribute("data-will", "Load");
  await expect(verdict(page).getByRole("heading")).toHaveText("Linux 6.1 will load it.");
  await expect(verdict(page)).toContainText("It was shut down cleanly");
  await expect(page.locator(".image-log")).toContainText("prints nothing: the cache is there");
  await expect(page.getByRole("button", { name: "Repair and download" })).toHaveCount(0);
  await expect(page.locator(".losses")).toHaveCount(0);
});

test("after an unclean shutdown every mapped block counts as dirty", async ({ page }) => {
  const unclean = gunzipSync(readFileSync(new URL("../recordings/6.1/06-corrupt/v17-unclean.img.gz", import.meta.url)));
  await open(page, "unclean.img", unclean);
  await expect(verdict(page)).toContainText("Linux takes all 8 mapped blocks as dirty");
});

test("a damaged image has one verdict, its price and what to do; the damaged block is selected, with its neighbours", async ({ page }) => {
  const { image, block } = damaged();
  await open(page, "damaged.img", image);
  await expect(verdict(page)).toHaveAttribute("data-will", "Refuse");
  await expect(verdict(page).getByRole("heading")).toHaveText(`Linux 6.1 will refuse it: mapping block ${block} has a bad checksum.`);
  await expect(verdict(page)).toContainText("Up to 256 of 256 mappings are lost, 0 can be saved. The resume fails; no data on the disks is changed.");
  const log = page.locator(".image-log");
  await expect(log).toContainText("array_block_check failed: csum");
  await expect(log).toContainText(`array validator check failed for block ${block}`);
  await expect(log).toContainText("cache: 253:0: could not load cache mappings");
  await expect(log).toContainText("resume ioctl on c  failed: Invalid or incomplete multibyte or wide character");
  await expect(loss(page, "mappings")).toHaveText("up to 256");
  await expect(loss(page, "of them dirty")).toHaveText(/^\d+$/);
  await expect(page.locator(".facts:not(.losses) dd", { hasText: "dirty" })).toHaveText("unknown, unknown dirty");
  await expect(page.locator("[data-inspected]")).toHaveAttribute("data-inspected", String(block));
  await expect(page.locator(".near-tile[aria-current]")).toHaveText(`✗${block}`);
  await page.getByLabel("Go to block").fill("0");
  await page.getByLabel("Go to block").press("Enter");
  await expect(page.locator("[data-inspected]")).toHaveAttribute("data-inspected", "0");
  await page.getByRole("button", { name: "Show the block" }).click();
  await expect(page.locator("[data-inspected]")).toHaveAttribute("data-inspected", String(block));
});

test("a damaged image goes in, a repaired one comes out that Linux will load, and nothing is sent anywhere", async ({ page, requests }) => {
  const { image } = damaged();
  await open(page, "damaged.img", image);
  await expect(verdict(page)).toHaveAttribute("data-will", "Refuse");
  const before = requests.length;
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Repair and download" }).click()]);
  expect(download.suggestedFilename()).toBe("damaged.img.repaired.img");
  const repaired = readFileSync(await download.path());
  expect(repaired.length).toBe(image.length);
  expect(requests.slice(before).filter((url) => !url.startsWith("blob:"))).toEqual([]);
  await page.getByLabel("Open image").setInputFiles({ name: "repaired.img", mimeType: "application/octet-stream", buffer: repaired });
  await expect(page.getByText("repaired.img").first()).toBeVisible();
  await expect(verdict(page)).toHaveAttribute("data-will", "Load");
});

test("an image is unpacked from gzip in the page", async ({ page }) => {
  const image = recording("v1-4d-swapped");
  await open(page, "cmeta.img.gz", gzipSync(image));
  await expect(page.locator("svg.map")).toHaveAttribute("data-blocks", String(image.length / 4096));
  await expect(page.locator(".image-facts")).toContainText("unpacked from gzip in this page, not uploaded");
  await expect(verdict(page)).toHaveAttribute("data-will", "Load");
});

for (const width of [390, 1024, 1440]) {
  test(`verdict, map and neighbours stand beside each other without overlap at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await open(page, "damaged.img", damaged().image);
    await expect(verdict(page)).toBeVisible();
    const verdictFirst = await page.evaluate(() => document.querySelector(".image-verdict").getBoundingClientRect().top);
    expect(verdictFirst, "the verdict is seen first").toBeLessThan(200);
    const boxes = await page.locator(".image-verdict, .image-map, .near, .image-facts").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
    for (const [n, a] of boxes.entries()) {
      expect(a.right, "within the page").toBeLessThanOrEqual(width);
      for (const b of boxes.slice(n + 1)) {
        expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top, JSON.stringify([a, b])).toBe(true);
      }
    }
  });
}
