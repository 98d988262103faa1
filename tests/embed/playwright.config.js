// Tests of the element, in pages like those of its users.
import { defineConfig } from "@playwright/test";
import { configuration } from "../playwright.js";

const port = Number(process.env.EMBED_PORT ?? 8091);
const ready = { cwd: import.meta.dirname, reuseExistingServer: false };

export default defineConfig({
  ...configuration(port, 1000, 800),
  testDir: ".",
  testMatch: "*.spec.js",
  outputDir: "../../target/playwright-embed",
  webServer: [
    // The port after it is another site's.
    { ...ready, command: `node server.mjs ${port}`, url: `http://127.0.0.1:${port}/plain.html` },
    { ...ready, command: `node ../../node_modules/vite-7/bin/vite.js ../../target/embed/vite --port ${port + 2} --strictPort --host 127.0.0.1`, url: `http://127.0.0.1:${port + 2}/` },
    { ...ready, command: `node ../../node_modules/vite/bin/vite.js ../../target/embed/vite-8 --port ${port + 3} --strictPort --host 127.0.0.1`, url: `http://127.0.0.1:${port + 3}/` },
  ],
});
