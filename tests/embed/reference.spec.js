// The examples of the element's reference, and the API in a page and a worker.
import { readFileSync } from "node:fs";
import { expect, live, test } from "./page.js";

const reference = readFileSync(new URL("../../book/src/reference/element.md", import.meta.url), "utf8");
const examples = (language) => [...reference.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code]) => code);

test("every example with an element becomes a player", async ({ page }) => {
  await page.goto("/still.html");
  const html = examples("html").filter((code) => code.includes("<dm-cache-lab"));
  expect(html.length).toBeGreaterThan(2);
  await page.evaluate((codes) => {
    const main = document.querySelector("main");
    main.replaceChildren();
    for (const code of codes) main.insertAdjacentHTML("beforeend", code.replace("reload.svg", "/pkg/posters/reload-while-live.svg"));
  }, html);
  const all = page.locator("dm-cache-lab");
  await expect(all).toHaveCount(html.length);
  for (let n = 0; n < html.length; n++) await live(all.nth(n));
});

test("the example of a code block is one", async ({ page }) => {
  await page.goto("/blocks.html");
  const [block] = examples("dm-cache-lab");
  await page.evaluate((text) => {
    const code = document.createElement("code");
    code.className = "language-dm-cache-lab";
    code.textContent = text;
    const pre = document.createElement("pre");
    pre.append(code);
    document.querySelector("#other").append(pre);
  }, block);
  await live(page.locator("#other dm-cache-lab"));
  await expect(page.locator("#other .dm-cache-lab-caption")).toHaveText("With sharing the new table knows all eight blocks.");
});

test("the example of methods prints what the command prints", async ({ page }) => {
  await page.goto("/open/plain.html");
  await live(page.locator("#figure"));
  const printed = page.waitForEvent("console", (message) => message.text().includes(" cache "));
  const code = examples("js").find((js) => js.includes("figure.run"));
  await page.evaluate((js) => new (Object.getPrototypeOf(async () => {}).constructor)(js)(), code);
  expect((await printed).text()).toContain("0 262144 cache");
});

test("every attribute, method, event and part that the element has is named", async ({ page }) => {
  await page.goto("/plain.html");
  await live(page.locator("#figure"));
  const names = await page.locator("#figure").evaluate((e) => {
    const { prototype, observedAttributes } = customElements.get("dm-cache-lab");
    const own = Object.getOwnPropertyNames(prototype).filter((name) => !/constructor|Callback$/.test(name));
    const methods = own.filter((name) => typeof Object.getOwnPropertyDescriptor(prototype, name).value === "function");
    return [...observedAttributes, ...methods, ...[...e.shadowRoot.querySelectorAll("[part]")].map((part) => part.getAttribute("part"))];
  });
  for (const name of names) expect(reference, name).toMatch(new RegExp(`\`${name}[\`(]`));
});

test("the API runs in a worker of a page", async ({ page }) => {
  await page.goto("/plain.html");
  const lost = await page.evaluate(() => new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => reject(new Error("the worker failed"));
  }));
  expect(lost).toEqual([50, 51, 52, 53]);
});
