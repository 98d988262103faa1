// Tests of the element, in pages like those of its users.
import { defineConfig } from "@playwright/test";
import { configuration } from "../playwright.js";

const port = 8091;

export default defineConfig({
  ...configuration(port, 1000, 800),
  testDir: ".",
  testMatch: "*.spec.js",
  outputDir: "../../target/playwright-embed",
  webServer: { command: `node server.mjs ${port}`, cwd: import.meta.dirname, url: `http://127.0.0.1:${port}/plain.html`, reuseExistingServer: false },
});
