// What bundlers take while one writes a page (the condition `development` in package.json). Vite's server before Vite 8 puts
// modules where the engine's file is not: they then find it in here.
import { keep } from "../load.js";

keep(async () => {
  const { default: base64 } = await import("./engine.js");
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
});
