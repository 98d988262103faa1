// The command line beside the page: what `dmlab run` says of the same script.
import { execFileSync } from "node:child_process";

const program = process.env.DMLAB || "target/debug/dmlab";
const most = 1 << 30;

const dmlab = (args, input) => {
  try {
    return execFileSync(program, args, { input, maxBuffer: most, encoding: "utf8" });
  } catch (error) {
    // 1: something went otherwise than declared. What was printed counts.
    if (error.status === 1) return error.stdout;
    throw error;
  }
};

/** The run of a script or of a library's scenario as `--json` prints it. */
export const report = (script, sharing) => {
  const known = !script.includes("\n");
  return JSON.parse(dmlab(["run", "--json", "--sharing", sharing, known ? script : "-"], known ? undefined : script));
};

/** What the command line says of each statement: line and mark. */
export const verdicts = (name, sharing) =>
  dmlab(["run", "--sharing", sharing, name])
    .split("\n")
    .map((line) => /^ *(\d+) ([ ·✓✗!]) /.exec(line))
    .filter(Boolean)
    .map(([, line, mark]) => ({ line, mark }));

/** Of a picture what the heart of the matter is: slots, holders, reference counts, list entries, stale buffers. */
export const facts = (picture) => {
  const device = picture.devices.find((d) => d.name === "c");
  const letter = (table) => table?.letter ?? "";
  return {
    slots: { live: device ? letter(device.live) : null, inactive: device ? letter(device.inactive) : null, moving: letter(device?.moving), leaving: letter(device?.moving ? undefined : device?.leaving[0]) },
    objects: picture.objects.map((o) => ({ letter: o.letter, holders: o.holders.join(" "), refs: String(o.ref_count), listed: String(o.listed), stale: o.stale.join(" ") })),
    list: picture.list.join(" "),
  };
};

/** The same of the page, once for each picture on it: read from the document, by a function that runs there. */
export const factsOfPage = () =>
  [...document.querySelectorAll("svg.picture[data-run]")].map((picture) => {
    const table = (slot) => picture.querySelector(`[data-device=c] [data-slot=${slot}]`)?.dataset.table;
    const known = picture.querySelector("[data-device=c]");
    return {
      slots: { live: known ? table("live") : null, inactive: known ? table("inactive") : null, moving: table("moving") ?? "", leaving: table("leaving") ?? "" },
      objects: [...picture.querySelectorAll("[data-object]")].map(({ dataset: o }) => ({ letter: o.object, holders: o.holders, refs: o.refCount, listed: o.listed, stale: o.stale })),
      list: picture.querySelector("[data-list]").dataset.list,
    };
  });
