// Writes every scenario's poster and story into the package, from a run of the package's own engine.
// Usage: node posters.mjs FOLDER
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const folder = path.resolve(process.argv[2]);
const { load } = await import(pathToFileURL(path.join(folder, "node.js")).href);
const { Lab, scenarios } = await load();
const posters = path.join(folder, "posters");
mkdirSync(posters, { recursive: true });
for (const { name } of scenarios()) {
  const lab = Lab.scenario(name);
  lab.seek("end");
  writeFileSync(path.join(posters, `${name}.svg`), lab.svg(0));
  writeFileSync(path.join(posters, `${name}.txt`), lab.story());
  lab.free();
}
