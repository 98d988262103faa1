// What the tarball holds: everything it needs, and nothing of ours.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

const tarball = process.env.TARBALL;
const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n").map((name) => name.replace(/^package\//, ""));
const read = (name) => execFileSync("tar", ["-xzOf", tarball, `package/${name}`], { encoding: "utf8", maxBuffer: 1 << 26 });

test("engine, element, types, licence and documentation are in it", () => {
  for (const name of ["package.json", "README.md", "LICENSE-MIT", "LICENSE-APACHE", "index.js", "index.d.ts", "node.js", "engine.js", "engine.d.ts",
    "engine_bg.wasm", "element.js", "element.d.ts", "embed.js", "embed.html", "frame.js", "frame.d.ts", "posters/reload-while-live.svg",
    "posters/reload-while-live.txt", "posters.js", "blocks.js", "blocks.d.ts", "dev/element.js", "dev/engine.js"]) assert.ok(files.includes(name), `${name} is missing`);
});

test("every file an entry names is there, and every module another one imports", () => {
  const { exports, main, types } = JSON.parse(read("package.json"));
  const named = JSON.stringify({ exports, main, types }).match(/\.\/[\w./-]+\.\w+/g).map((name) => name.slice(2));
  for (const name of named) assert.ok(files.includes(name), `package.json names ${name}`);
  for (const file of files.filter((name) => name.endsWith(".js"))) {
    for (const [, name] of read(file).matchAll(/(?:from|import|import\(|URL\()\s*["'](\.{1,2}\/[\w./-]+)["']/g)) {
      const imported = path.posix.join(path.posix.dirname(file), name);
      assert.ok(files.includes(imported), `${file} imports ${name}`);
    }
  }
});

test("nothing else is in it", () => {
  const known = /^(dev\/[a-z]+\.js|posters\/[a-z0-9-]+\.(svg|txt)|[\w-]+(\.d)?\.(js|ts|html|css|json|md|wasm)|engine_bg\.wasm\.d\.ts|LICENSE-\w+)$/;
  assert.deepEqual(files.filter((name) => !known.test(name)), []);
});
