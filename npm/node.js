// The API in node.
import { readFile } from "node:fs/promises";
import { loader } from "./load.js";

export const load = loader(() => readFile(new URL("./engine_bg.wasm", import.meta.url)));
