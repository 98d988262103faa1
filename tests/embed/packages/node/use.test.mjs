// The package in node, as installed from its tarball.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { load } from "dm-cache-lab";

const { Lab, check, dump, inspect, profiles, scenario, scenarios, version } = await load();

test("the library is there, and what a scenario loses without sharing it keeps with it", () => {
  assert.match(version(), /^\d+\.\d+\.\d+$/);
  assert.ok(profiles().includes("6.1"));
  assert.ok(scenarios().length > 40);
  assert.match(scenario("crash"), /^dm-cache-lab 1\n/);
  const lab = Lab.scenario("reload-while-live", { sharing: "compare" });
  lab.seek("end");
  const [off, on] = lab.frame().worlds;
  assert.deepEqual([off.sharing, off.picture.data[0].lost], [false, [50, 51, 52, 53]]);
  assert.deepEqual([on.sharing, on.picture.data[0].lost], [true, []]);
  assert.deepEqual([off.check_errors, on.check_errors], [0, 0]);
  assert.equal(lab.asDeclared, true);
  lab.free();
});

test("a machine is opened, typed at, stepped and seen", () => {
  const lab = new Lab("dm-cache-lab 1\n# Mine\nsharing on\ndisk meta 4M\ndisk fast 16M\ndisk slow 128M\n");
  assert.equal(lab.last, 0);
  const [made] = lab.run("dmsetup create c --table '0 262144 cache /dev/meta /dev/fast /dev/slow 128 1 writeback smq 0'");
  assert.equal(made.rc, 0);
  assert.equal(lab.position, lab.last);
  const view = lab.view();
  assert.deepEqual(view.list, ["a"]);
  assert.equal(view.objects[0].ref_count, 1);
  const [refused] = lab.run("dmsetup resume nothing");
  assert.notEqual(refused.rc, 0);
  assert.match(refused.output, /nothing/);
  lab.run("write c 0..3 A");
  assert.equal(lab.run("read c 0..0")[0].output.trim(), "41");
  assert.equal(lab.back(), lab.last - 1);
  assert.equal(lab.seek("100%"), lab.last);
  assert.match(lab.script, /write c 0\.\.3 A\n/);
  assert.match(lab.svg(), /^<svg/);
  assert.match(lab.text(), /object a over meta/);
  assert.match(lab.story(), /Mine/);
  assert.deepEqual(Object.keys(lab.report()), ["title", "kernel", "as_declared", "stopped", "divergence", "worlds"]);
});

test("events come as they happen, and the past on request", () => {
  const lab = new Lab("dm-cache-lab 1\n# Mine\nsharing on\ndisk meta 4M\n");
  const seen = [];
  const past = [];
  const id = lab.subscribe((event) => {
    seen.push(event);
    // A listener may ask the machine itself.
    assert.equal(lab.title, "Mine");
  });
  lab.run("dmsetup ls");
  assert.ok(seen.some((e) => e.event === "Command" && e.text === "dmsetup ls" && e.world === 0));
  lab.subscribe((event) => past.push(event.event), true);
  assert.equal(past[0], "DiskAdded");
  assert.equal(lab.unsubscribe(id), true);
  assert.equal(lab.unsubscribe(id), false);
  const before = seen.length;
  lab.run("dmsetup ls");
  assert.equal(seen.length, before);
});

test("an image is checked, dumped and read field by field", () => {
  const lab = Lab.scenario("reload-while-live", { sharing: "off" });
  lab.seek("written");
  const image = lab.image("/dev/meta");
  assert.equal(image.length, 4 << 20);
  assert.equal(check(image).exit_code, 0);
  assert.match(dump(image), /<superblock [^>]*nr_cache_blocks="256"/);
  assert.ok(JSON.parse(dump(image, { json: true })));
  assert.equal(inspect(image, "mapping_root").kind !== null, true);
  image[5000] ^= 1;
  image[100] ^= 1;
  assert.equal(check(image).exit_code, 1);
  assert.match(check(image).text, /superblock/);
});

const thrown = (act, what = "") => {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Error, what);
    assert.equal(error.name, "DmCacheLabError", `${what}: ${error}`);
    return error;
  }
  return assert.fail(`${what}: nothing was thrown`);
};

test("an image is the same in whatever holds its bytes", () => {
  const lab = Lab.scenario("reload-while-live", { sharing: "off" });
  lab.seek("written");
  const image = lab.image("meta");
  const shifted = new Uint8Array(image.length + 24);
  shifted.set(image, 8);
  const shared = new Uint8Array(new SharedArrayBuffer(image.length));
  shared.set(image);
  const foreign = runInNewContext("new Uint8Array(bytes).buffer", { bytes: image });
  const held = {
    buffer: image.buffer, shared: shared.buffer, foreign, "view of shared": shared, bytes: shifted.subarray(8, 8 + image.length),
    words: new Uint32Array(shifted.buffer, 8, image.length / 4), longs: new BigUint64Array(shifted.buffer, 8, image.length / 8),
    view: new DataView(shifted.buffer, 8, image.length), node: Buffer.from(image), "view of foreign": new Uint16Array(foreign),
  };
  for (const [name, source] of Object.entries(held)) {
    assert.equal(check(source).exit_code, 0, name);
    assert.equal(dump(source), dump(image), name);
    assert.equal(inspect(source, 0).kind, "superblock", name);
  }
  assert.deepEqual(inspect(image, 3n), inspect(image, "3"));
});

test("whatever a function is given, it answers or throws an error with a code, and goes on", () => {
  const taken = new ArrayBuffer(4096);
  structuredClone(taken, { transfer: [taken] });
  const odd = [undefined, null, true, 0, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, 7n, -7n, 2n ** 200n, "", "x", "\ud800", "9".repeat(300),
    "x".repeat(1 << 20), Symbol("s"), [], [1, 2], {}, Object.create(null), { length: -1 }, { toString: 1 }, () => 1, new Date(NaN), new Map(), new Proxy({}, {}),
    new Uint8Array(0), new Uint8Array(4097), new ArrayBuffer(5000), taken, new Uint8Array(300 << 20), new Error("e")];
  const image = Lab.scenario("crash").image("meta");
  const lab = Lab.scenario("crash", { sharing: "compare" });
  const functions = {
    check: (x) => check(x), dump: (x) => dump(x), "dump's options": (x) => dump(image, x), "an option of dump": (x) => dump(image, { repair: x }),
    inspect: (x) => inspect(x, 0), "inspect's target": (x) => inspect(image, x), scenario: (x) => scenario(x),
    "new Lab": (x) => new Lab(x), "Lab's options": (x) => new Lab("$ echo a", x), "Lab.scenario": (x) => Lab.scenario(x),
    sharing: (x) => Lab.scenario("crash", { sharing: x }), profile: (x) => Lab.scenario("crash", { profile: x }), seed: (x) => Lab.scenario("crash", { seed: x }),
    name: (x) => Lab.scenario("crash", { name: x }), run: (x) => new Lab("$ echo a").run(x), listener: (x) => lab.unsubscribe(lab.subscribe(x)),
    past: (x) => lab.unsubscribe(lab.subscribe(() => {}, x)), image: (x) => lab.image(x), "image's world": (x) => lab.image("meta", x),
    form: (x) => lab.svg(0, x),
    ...Object.fromEntries(["seek", "step", "back", "atLine", "view", "sentences", "svg", "text", "unsubscribe"].map((name) => [name, (x) => lab[name](x)])),
  };
  for (const [name, act] of Object.entries(functions)) {
    for (const argument of odd) {
      try {
        act(argument);
      } catch (error) {
        const what = `${name}(${typeof argument === "object" ? Object.prototype.toString.call(argument) : String(argument).slice(0, 20)}): ${error}`;
        assert.equal(error.name, "DmCacheLabError", what);
        assert.match(error.code, /^[A-Z_]+$/, what);
      }
    }
  }
  for (const [name, argument] of [["check", 5], ["check", "x"], ["check", undefined], ["check", [1]], ["check", taken], ["scenario", 7], ["new Lab", undefined],
    ["inspect's target", NaN], ["inspect's target", {}], ["step", NaN], ["step", "2"], ["back", 0.5], ["view", -1], ["view", "0"], ["atLine", null],
    ["listener", "f"], ["past", "yes"], ["form", 1], ["form", true], ["form", "wide"], ["image", 0], ["run", 5], ["unsubscribe", {}]]) {
    assert.equal(thrown(() => functions[name](argument), `${name}(${String(argument)})`).code, "OPTION", `${name}(${String(argument)})`);
  }
  for (const step of [1.5, -1, 2 ** 53, Infinity, NaN]) assert.equal(thrown(() => lab.seek(step)).code, "NO_STEP");
  for (const name of ["view", "sentences", "svg", "text"]) assert.equal(thrown(() => lab[name](2)).code, "NO_WORLD");
  assert.equal(thrown(() => check(new Uint8Array(300 << 20))).code, "IMAGE");
  assert.equal(thrown(() => new Lab("#".repeat(1 << 20))).code, "SCRIPT");
  // And the engine is as it was.
  assert.equal(Lab.scenario("reload-while-live").asDeclared, true);
  assert.equal(lab.step(1e300), lab.last);
  assert.equal(lab.back(2n ** 200n), 0);
});

test("a run that was freed says so, and is freed once", () => {
  const lab = Lab.scenario("crash");
  lab.free();
  lab.free();
  for (const act of [() => lab.title, () => lab.step(), () => lab.frame(), () => lab.image("meta")]) assert.equal(thrown(act).code, "FREED");
});

test("errors are errors, with codes", () => {
  const wrong = thrown(() => new Lab("dm-cache-lab 1\nexpct objects 1\n"));
  assert.deepEqual([wrong.code, wrong.line, wrong.column], ["SCRIPT", 2, 1]);
  assert.match(wrong.help, /expect/);
  assert.equal(thrown(() => Lab.scenario("nothing")).code, "NO_SCENARIO");
  assert.equal(thrown(() => Lab.scenario("crash", { sharing: "maybe" })).code, "OPTION");
  assert.equal(thrown(() => Lab.scenario("crash", { colour: 1 })).code, "OPTION");
  const lab = Lab.scenario("crash");
  assert.equal(thrown(() => lab.seek("nowhere")).code, "NO_LABEL");
  assert.equal(thrown(() => lab.seek(1e6)).code, "NO_STEP");
  assert.equal(thrown(() => lab.seek({})).code, "OPTION");
  assert.equal(thrown(() => lab.view(2)).code, "NO_WORLD");
  assert.equal(thrown(() => lab.image("nothing")).code, "NO_DEVICE");
  assert.equal(thrown(() => dump(new Uint8Array(4096))).code, "IMAGE");
});

test("it runs in a worker", async () => {
  const code = `
    import { parentPort } from "node:worker_threads";
    import { load } from "dm-cache-lab";
    const { Lab } = await load();
    parentPort.postMessage(Lab.scenario("crash").last);
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code.replace('"dm-cache-lab"', JSON.stringify(import.meta.resolve("dm-cache-lab"))))}`));
  const last = await new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  assert.equal(last, Lab.scenario("crash").last);
  await worker.terminate();
});

test("the element's module can be imported where there is no page", async () => {
  const { define } = await import("dm-cache-lab/element");
  define();
});
