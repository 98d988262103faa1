// Scripts from a seed: the same seed gives the same commands, on every machine.

/** mulberry32: small, even, and the same everywhere. */
const generator = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

const table = (features) => `0 65536 cache /dev/meta /dev/fast /dev/slow 128 ${features} smq 2 migration_threshold 0`;

/** A head that declares disks, and commands that anybody could type: also such that fail. */
export const script = (seed) => {
  const next = generator(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const block = () => Math.floor(next() * 200);
  const reload = () => `dmsetup reload c --table '${table(pick(["1 writeback", "1 writethrough", "2 metadata2 writeback"]))}'`;
  const kinds = [
    reload,
    reload,
    () => "dmsetup suspend c",
    () => "dmsetup resume c",
    () => "dmsetup resume c",
    () => "dmsetup clear c",
    () => "dmsetup status c",
    () => "dmsetup info c",
    () => "dmsetup table c --inactive",
    () => "dmsetup message c 0 migration_threshold 0",
    () => `write c ${block()} ${pick(["A", "B", "C"])}`,
    () => {
      const from = block();
      return `write c ${from}..${from + 3} ${pick(["A", "B"])}`;
    },
    () => `expect objects ${1 + Math.floor(next() * 2)}`,
    () => "expect check /dev/meta ok",
  ];
  // A write to a suspended device waits, and so does everything after it: no script of this kind ends so.
  let suspended = false;
  const commands = [`dmsetup create c --table '${table("1 writeback")}'`];
  while (commands.length < 24) {
    const command = pick(kinds)();
    if (suspended && (command.startsWith("write") || command.startsWith("dmsetup suspend"))) continue;
    if (command.startsWith("dmsetup suspend")) suspended = true;
    if (command.startsWith("dmsetup resume")) suspended = false;
    commands.push(command);
  }
  return { head: `dm-cache-lab 1\n# Random ${seed}\nkernel 6.1\ndisk meta 4M\ndisk fast 8M\ndisk slow 32M\n`, commands };
};
