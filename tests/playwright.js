// What all browser tests are run with: the machine's own Chromium, two at a time, and no request of its own.
import { fileURLToPath } from "node:url";

const failures = fileURLToPath(new URL("failures.js", import.meta.url));

/** A configuration for tests of what `port` serves, in a window of `width` by `height`. */
export const configuration = (port, width, height) => ({
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  timeout: 60_000,
  reporter: process.env.FAILED_TESTS ? [["list"], [failures]] : [["list"]],
  use: {
    baseURL: `http://127.0.0.1:${port}/`,
    viewport: { width, height },
    launchOptions: {
      executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
});
