// Writes into the built page what React's server would send.
import { readFileSync, writeFileSync } from "node:fs";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { App } from "./app.js";

const page = new URL("./dist/index.html", import.meta.url);
writeFileSync(page, readFileSync(page, "utf8").replace('<div id="root">', `$&${renderToString(createElement(App))}`));
