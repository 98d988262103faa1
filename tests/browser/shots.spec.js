// The pictures of the documentation: `cargo xtask shots` writes them into docs/screens.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "./page.js";

const folder = process.env.SHOTS;
test.skip(!folder, "writes pictures, checks nothing");

/** A large cache's metadata with one damaged block of mappings: 200,000 cblocks in 8 MiB. */
const damaged = () => {
  const at = mkdtempSync(join(tmpdir(), "dm-cache-lab-"));
  const [xml, image] = [join(at, "cache.xml"), join(at, "cmeta.img")];
  const mappings = [];
  const hints = [];
  const taken = new Set();
  for (let cblock = 0; cblock < 200_000; cblock++) {
    let oblock = Math.floor(655_360 + 500_000 * Math.sin(cblock / 31_000) + ((cblock * 37) % 120_000));
    while (taken.has(oblock)) oblock++;
    taken.add(oblock);
    mappings.push(`<mapping cache_block="${cblock}" origin_block="${oblock}" dirty="${cblock % 5 === 0}"/>`);
    const hint = Buffer.alloc(4);
    hint.writeUInt32LE((cblock * 7) % 64);
    hints.push(`<hint cache_block="${cblock}" data="${hint.toString("base64")}"/>`);
  }
  const head = `<superblock uuid="" block_size="128" nr_cache_blocks="200000" policy="smq" hint_width="4">`;
  writeFileSync(xml, `${head}\n<mappings>\n${mappings.join("\n")}\n</mappings>\n<hints>\n${hints.join("\n")}\n</hints>\n</superblock>\n`);
  writeFileSync(image, Buffer.alloc(8 << 20));
  execFileSync(process.env.DMLAB || "target/debug/dmlab", ["restore", "-i", xml, "-o", image, "--metadata-version", "2"]);
  const bytes = readFileSync(image);
  // The block that holds the values of cblock 140484: the first child of whose key is not larger.
  const node = (block) => bytes.subarray(block * 4096, block * 4096 + 4096);
  let block = Number(bytes.readBigUInt64LE(192));
  for (;;) {
    const [flags, entries, most] = [node(block).readUInt32LE(4), node(block).readUInt32LE(16), node(block).readUInt32LE(20)];
    let entry = 0;
    while (entry + 1 < entries && Number(node(block).readBigUInt64LE(32 + (entry + 1) * 8)) <= 276) entry++;
    block = Number(node(block).readBigUInt64LE(32 + most * 8 + entry * 8));
    if (flags & 2) break;
  }
  bytes[block * 4096 + 1000] ^= 0xff;
  return { bytes, block };
};

const open = async (page, colorScheme) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme, reducedMotion: "no-preference" });
  await page.goto("/#v=1");
};

/** The table has been swapped, the old one lets go of its object next: both objects are there, and four blocks are lost. */
const swapped = async (page) => {
  await page.locator(".statement", { hasText: "dmsetup resume" }).first().click();
  const sentence = page.locator(".sentence");
  for (let i = 0; i < 20 && !(await sentence.textContent()).includes("A is in no slot any more"); i++) {
    const before = await sentence.textContent();
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((before) => document.querySelector(".sentence").textContent !== before, before);
  }
};

for (const scheme of ["light", "dark"]) {
  test(`pictures in ${scheme}`, async ({ page }) => {
    test.setTimeout(180_000);
    const shot = async (name) => {
      // Nothing is focused, nothing hovered, nothing moves.
      await page.mouse.move(0, 0);
      await page.evaluate(() => document.activeElement?.blur());
      await page.screenshot({ path: `${folder}/${name}-${scheme}.png`, animations: "disabled" });
    };
    await open(page, scheme);
    await swapped(page);
    await page.locator("[data-row=disk][data-block='0']").click();
    await shot("main");
    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    await page.locator("svg.picture[data-run]").nth(1).waitFor();
    for (let i = 0; i < 12 && !(await page.locator(".sentence").textContent()).includes("A is in no slot any more"); i++) await page.keyboard.press("ArrowLeft");
    await shot("compare");
    await page.keyboard.press("?");
    await shot("states");
    await page.keyboard.press("Escape");
    await page.goto("/#v=1&races=close-open&order=PPPPQPPQ&at=5&x=on");
    await page.reload();
    await page.locator("[data-order]").waitFor();
    await shot("races");
    const { bytes, block } = damaged();
    await page.getByLabel("Open image").setInputFiles({ name: "vg0-cpool_cmeta.img", mimeType: "application/octet-stream", buffer: bytes });
    await page.locator("[data-inspected]").waitFor();
    await page.getByRole("button", { name: `Block ${block}` }).first().click();
    const from = page.getByLabel("List mappings from cblock");
    await from.fill("140474");
    await from.press("Enter");
    await shot("inspect");
    await open(page, scheme);
    await swapped(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.locator("svg.narrow").waitFor();
    await shot("mobile");
  });
}
