// Tests of the built book: `cargo xtask test book` builds it into target/book first.
import { defineConfig } from "@playwright/test";
import { configuration } from "../playwright.js";

const port = 8093;

export default defineConfig({
  ...configuration(port, 1280, 900),
  testDir: ".",
  outputDir: "../../target/playwright-book",
  webServer: {
    command: `python3 -m http.server ${port} --bind 127.0.0.1 --directory ../../target/book`,
    cwd: import.meta.dirname,
    url: `http://127.0.0.1:${port}/`,
    reuseExistingServer: false,
    // It would print every request.
    stderr: "ignore",
  },
});
