// The package in node, as installed from its tarball.
import assert from "node:assert/strict";
import { test } from "node:test";
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

test("errors are errors, with codes", () => {
  const thrown = (act) => {
    try {
      act();
    } catch (error) {
      assert.ok(error instanceof Error);
      assert.equal(error.name, "DmCacheLabError");
      return error;
    }
    return assert.fail("nothing was thrown");
  };
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
