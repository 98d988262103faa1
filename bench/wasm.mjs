// Times the workloads in wasm and prints one JSON object, like the native program does.
// Usage: node wasm.mjs FOLDER, where FOLDER holds what wasm-bindgen --target nodejs wrote.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const bench = require(path.resolve(process.argv[2], 'dm_cache_lab_bench.js'));
const timed = (work) => {
  const start = process.hrtime.bigint();
  const value = work();
  return [process.hrtime.bigint() - start, value];
};
const result = {};
for (const [which, name, ops] of [[0, 'hits', 400_000], [1, 'promotions', 8_192], [2, 'zipf', 200_000], [3, 'hits_recorded', 100_000]]) {
  const [setup] = timed(() => bench.workload(which, 0));
  const [all, digest] = timed(() => bench.workload(which, ops));
  result[name] = { ops, ns: Number(all - setup), digest: digest.toString(16) };
}
console.log(JSON.stringify(result));
