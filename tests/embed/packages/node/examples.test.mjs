// Every example of the API's reference that asserts something, run as it stands.
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

const page = readFileSync(process.env.API_REFERENCE, "utf8");
const examples = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

examples.forEach((code, number) => {
  test(`example ${number + 1}`, async () => {
    const file = new URL(`./example-${number + 1}.mjs`, import.meta.url);
    writeFileSync(file, code);
    await import(file.href);
  });
});
