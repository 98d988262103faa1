// Tests of the whole page: Trunk serves it, a real browser walks it.
import { defineConfig } from "@playwright/test";

const port = 8089;
// A page that is served already; without one, Trunk builds and serves it.
const served = process.env.PAGE;

export default defineConfig({
  testDir: "tests/browser",
  outputDir: "target/playwright",
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  timeout: 60_000,
  reporter: [["list"]],
  use: {
    baseURL: served ?? `http://127.0.0.1:${port}/`,
    viewport: { width: 1440, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
  webServer: served ? undefined : {
    command: `trunk serve --release --port ${port}`,
    url: `http://127.0.0.1:${port}/`,
    timeout: 600_000,
    reuseExistingServer: false,
    stdout: "pipe",
  },
});
