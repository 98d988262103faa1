// How much the page does in a frame, and how long a step of a large machine takes: `cargo xtask bench page` prints it.
import { test } from "@playwright/test";
import { workOfFrames } from "./frames.js";
import { hasRun } from "./page.js";

test.skip(!process.env.BENCH, "measures, checks nothing");

/** A cache of 256,000 blocks, with two thousand metadata blocks and buffers to be seen. */
const large = `dm-cache-lab 1
# A quarter of a million cache blocks
kernel 6.1
sharing on
disk meta 64M
disk fast 16000M
disk slow 64G
$ dmsetup create c --table '0 134217728 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 2 migration_threshold 0'
write c 0..199 A
$ dmsetup status c
$ dmsetup suspend c
$ dmsetup resume c
write c 5000..5099 B
$ dmsetup status c
$ dmsetup suspend c
$ dmsetup resume c
write c 9000..9049 B
`;

const percentile = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const ms = (value) => value.toFixed(1).padStart(7);

test("main-thread work in each frame while a large machine plays, and the time of a step", async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto(`/#v=1&x=on&t=${encodeURIComponent(large)}`);
  await page.locator(".page").waitFor({ timeout: 120_000 });
  await hasRun(page);
  const slider = page.getByRole("slider");
  await page.getByRole("button", { name: "Last step" }).click();
  const tiles = Number(await page.locator("[data-tiles]").getAttribute("data-tiles"));
  const one = await page.locator(".tile").count();
  const last = Number(await slider.getAttribute("aria-valuemax"));
  const steps = await page.evaluate(async () => {
    const times = [];
    const slider = document.querySelector("[role=slider]");
    for (let i = 0; i < 80; i++) {
      const before = slider.getAttribute("aria-valuenow");
      const start = performance.now();
      window.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
      // The page draws in microtasks: a message of the channel comes after them.
      await new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
      });
      document.body.getBoundingClientRect();
      if (slider.getAttribute("aria-valuenow") !== before) times.push(performance.now() - start);
    }
    return times;
  });
  for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowLeft");
  for (let i = 0; i < 2; i++) await page.getByRole("button", { name: /^Speed/ }).click();
  const speed = await page.getByRole("button", { name: /^Speed/ }).textContent();
  const play = () => page.getByRole("button", { name: "Play" }).click();
  const work = await workOfFrames(page, play, 8_000, "dur");
  const total = work.length;
  console.log(`machine: 256,000 cache blocks, ${last} steps; ${tiles} small tiles and ${one} large ones visible`);
  console.log(`a step back, of ${steps.length}:   median ${ms(percentile(steps, 0.5))}   95 % ${ms(percentile(steps, 0.95))}   worst ${ms(Math.max(...steps))} ms   (goal 50)`);
  console.log(`work a frame at ${speed}, of ${total}: median ${ms(percentile(work, 0.5))}   95 % ${ms(percentile(work, 0.95))}   worst ${ms(Math.max(...work))} ms   (goal 10)`);
});
