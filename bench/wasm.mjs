// Times the workloads in wasm and prints one JSON object, like the native program does.
// Usage: node wasm.mjs FOLDER [seek], where FOLDER holds what wasm-bindgen --target nodejs wrote.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const bench = require(path.resolve(process.argv[2], 'dm_cache_lab_bench.js'));
const timed = (work) => {
  const start = process.hrtime.bigint();
  const value = work();
  return [process.hrtime.bigint() - start, value];
};

function seeks() {
  const run = new bench.Seeking(10_000);
  const steps = run.steps();
  let [all, longest, seek_longest, digest] = [0, 0, 0, 0];
  for (let n = 0; n < 200; n += 1) {
    const step = (Math.imul(n, 2_654_435_761) >>> 0) % steps;
    const [seek_ns] = timed(() => run.seek(step));
    const [ns, seen] = timed(() => run.draw(step));
    seek_longest = Math.max(seek_longest, Number(seek_ns));
    all += Number(ns);
    longest = Math.max(longest, Number(ns));
    digest = (Math.imul(digest, 31) + seen) >>> 0;
  }
  const middle = Math.floor(steps / 2);
  const [forward] = timed(() => { for (let s = middle; s < middle + 100; s += 1) run.draw(s); });
  const [back] = timed(() => { for (let s = middle + 99; s >= middle; s -= 1) run.draw(s); });
  return { steps, seek_max_ns: seek_longest, mean_ns: all / 200, max_ns: longest, forward_ns: Number(forward), back_ns: Number(back), digest };
}

if (process.argv[3] === 'seek') {
  console.log(JSON.stringify(seeks()));
  process.exit();
}
const result = {};
for (const [which, name, ops] of [[0, 'hits', 400_000], [1, 'promotions', 8_192], [2, 'zipf', 200_000], [3, 'hits_recorded', 100_000]]) {
  const [setup] = timed(() => bench.workload(which, 0));
  const [all, digest] = timed(() => bench.workload(which, ops));
  result[name] = { ops, ns: Number(all - setup), digest: digest.toString(16) };
}
console.log(JSON.stringify(result));
