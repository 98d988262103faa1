// The screens that are measured and photographed: where each begins, and what a hand does there.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const at = (step, more = "x=off") => `#v=1&s=reload-while-live&${more}&at=${step}`;
const image = gunzipSync(readFileSync(new URL("../recordings/6.1/03c-seed-frozen/v1-4d-swapped.img.gz", import.meta.url)));

/** Width, height, and how many device pixels one of them has: zoomed to 200 % half of a window is left. */
export const SIZES = { 1440: [1440, 900, 1], 1280: [1280, 720, 1], 1024: [1024, 768, 1], 390: [390, 844, 1], zoomed: [720, 450, 2] };

export const SCREENS = {
  landing: ["", async () => {}],
  reload: [at(17), async () => {}],
  loss: [at(28), async () => {}],
  compare: [at(36, "x=compare"), async () => {}],
  end: [at(33), async () => {}],
  question: [at(23), async (page) => {
    for (let i = 0; i < 6 && !(await page.locator("[data-prompt]").count()); i++) {
      await page.keyboard.press("ArrowRight");
      await page.waitForTimeout(200);
    }
    await page.locator("[data-prompt]").waitFor();
  }],
  picker: ["#v=1", async (page) => {
    await page.keyboard.press("p");
    await page.locator("dialog.sheet [role=option]").first().waitFor();
  }],
  workbench: ["#v=1&s=wrong-block-size&x=on&at=9", async (page) => {
    const edit = page.getByRole("button", { name: "Edit", exact: true });
    // On a phone the script is a part of its own.
    if (!(await edit.isVisible())) await page.getByRole("button", { name: "Script", exact: true }).click();
    await edit.click();
    await page.locator(".bench-head").waitFor();
  }],
  image: ["#v=1", async (page) => {
    await page.getByLabel("Open image").setInputFiles({ name: "cmeta.img", mimeType: "application/octet-stream", buffer: image });
    await page.locator("[data-inspected]").waitFor();
  }],
  pasted: ["#v=1&paste=1", async (page) => {
    await page.getByLabel("A line of a real machine").fill("vg-data: 0 209715200 cache 8 331/2048 1024 96000/102400 1182210 113904 640031 88160 0 0 96000 2 metadata2 writethrough 2 migration_threshold 512 smq 0 rw -");
    await page.getByRole("article").waitFor();
  }],
  present: [at(28), async (page) => {
    await page.keyboard.press("Shift+P");
    await page.locator(".present-head").waitFor();
  }],
  races: ["#v=1&races=close-open", async () => {}],
};
