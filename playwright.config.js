// Tests of the whole page: Trunk serves it, a real browser walks it.
import { defineConfig } from "@playwright/test";
import { configuration } from "./tests/playwright.js";

const port = 8089;
const common = configuration(port, 1440, 900);
// What these measure in milliseconds is the page's only where no other test runs beside them.
const timed = /(budget|motion)\.spec\.js$/;
// A page that is served already; without one, Trunk builds and serves it.
const served = process.env.PAGE;

export default defineConfig({
  ...common,
  testDir: "tests/browser",
  outputDir: "target/playwright",
  projects: [{ name: "pages", testIgnore: timed }, { name: "alone", testMatch: timed }],
  use: { ...common.use, ...(served && { baseURL: served }) },
  webServer: served ? undefined : {
    command: `trunk serve --release --port ${port}`,
    url: `http://127.0.0.1:${port}/`,
    timeout: 600_000,
    reuseExistingServer: false,
    stdout: "pipe",
  },
});
