// Tests of the site folder: `cargo xtask test site` builds it into target/site first.
import { defineConfig } from "@playwright/test";
import { configuration } from "../playwright.js";

const port = 8095;

export default defineConfig({
  ...configuration(port, 1440, 900),
  testDir: ".",
  outputDir: "../../target/playwright-site",
  webServer: {
    command: `python3 -m http.server ${port} --bind 127.0.0.1 --directory ../../target/site`,
    cwd: import.meta.dirname,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
    // It would print every request.
    stderr: "ignore",
  },
});
