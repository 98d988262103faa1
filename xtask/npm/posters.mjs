// Writes into the package what comes from its own engine: every scenario's posters, wide and narrow, and its story; and the engine as a module.
// Usage: node posters.mjs FOLDER
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]);
const { load } = await import(pathToFileURL(path.join(folder, "node.js")).href);
const { Lab, scenarios } = await load();
const posters = path.join(folder, "posters");
mkdirSync(posters, { recursive: true });

/** The step that tells most in one glance: something lost, if anything is, and as many objects and tables as there are then. */
function telling(lab) {
  let best = { at: lab.last, score: -1 };
  for (let at = lab.last; at >= 0; at--) {
    lab.seek(at);
    const { objects, devices, data } = lab.view();
    const lost = data.some((shown) => shown.lost.length > 0);
    const score = (lost ? 100 : 0) + objects.length + devices.reduce((sum, device) => sum + device.leaving.length, 0);
    if (score >= best.score) best = { at, score };
  }
  return best.at;
}

const lines = [];
for (const { name } of scenarios()) {
  const lab = Lab.scenario(name);
  lab.seek(telling(lab));
  writeFileSync(path.join(posters, `${name}.svg`), lab.svg(0, "small"));
  writeFileSync(path.join(posters, `${name}-narrow.svg`), lab.svg(0, "narrow"));
  writeFileSync(path.join(posters, `${name}.txt`), lab.story());
  lab.free();
  const file = (end) => `new URL("./posters/${name}${end}", import.meta.url)`;
  lines.push(`  "${name}": { wide: ${file(".svg")}, narrow: ${file("-narrow.svg")}, story: ${file(".txt")} },\n`);
}
// One by one, so that every bundler finds them.
writeFileSync(path.join(folder, "posters.js"), `// Where the posters are, and what happens in them, told in sentences.\nexport default {\n${lines.join("")}};\n`);

writeFileSync(path.join(folder, "dev/engine.js"), `export default "${readFileSync(path.join(folder, "engine_bg.wasm")).toString("base64")}";\n`);
