/** With the fix, without it, or both side by side. */
export type Sharing = "off" | "on" | "compare";

/** What is absent is as the script says. */
export interface LabOptions {
  sharing?: Sharing;
  /** Kernel profile, one of `profiles()`. */
  profile?: string;
  /** Seed of every random choice. */
  seed?: number | bigint;
  /** What errors call the script. */
  name?: string;
  /** Images of what disks hold from the start, by name. `disk meta 8M from FILE` needs one: files do not travel with a script. */
  disks?: Record<string, ImageBytes>;
}

/** How much room a picture has: the whole stage, 840 or 720 wide, or the mapping rails and what they cost, 640 or a phone's 390. */
export type PictureForm = "whole" | "half" | "small" | "narrow";

export interface ScenarioInfo {
  name: string;
  title: string;
  intro: string;
  group: string | null;
  sharing: Sharing;
}

/** Every error thrown by this package. */
export interface DmCacheLabError extends Error {
  name: "DmCacheLabError";
  code: "SCRIPT" | "NO_SCENARIO" | "NO_LABEL" | "NO_STEP" | "NO_WORLD" | "NO_DEVICE" | "OPTION" | "IMAGE" | "LOAD" | "POLICY" | "ORIGIN" | "ADDRESS" | "NO_PAGE" | "FREED";
  /** Of a script: counted from 1. */
  line?: number;
  column?: number;
  help?: string;
}

export interface Frame {
  /** The playhead, counted from 0. */
  position: number;
  last: number;
  /** Line of the script, counted from 1. */
  line: number | null;
  sentence: string;
  /** One world, or two (off first). */
  worlds: WorldFrame[];
}

export interface WorldFrame {
  sharing: boolean;
  step: number;
  kind: StepKind | null;
  sentence: string;
  now_ns: number;
  /** Errors a check of the metadata finds, whether anything has it open or not; null where there is nothing to check. */
  check_errors: number | null;
  /** The verdicts in words: of the check (none while there is no metadata), and of the data. */
  chips: Chip[];
  picture: View;
}

/** A verdict in words: `passes`, `2 errors`, `4 blocks lost: 50–53`, `nothing lost`. */
export interface Chip {
  of: "check" | "data";
  kind: "passes" | "fails" | "unknown" | "kept" | Verdict;
  said: string;
}

/**
 * Why a block does not read as it was written. The first that holds: not readable now; promised and lost; old on the origin, with the
 * cache gone or detached; never promised, since it was not flushed before power failed.
 */
export type Verdict = "unreadable" | "lost" | "old" | "unpromised";

export type StepKind =
  | "command" | "command-end" | "slot" | "registry" | "object" | "commit" | "failure" | "callback" | "mapping" | "power-cut" | "device" | "request";

/** Everything visible in one world at one step. */
export interface View {
  devices: DeviceView[];
  objects: ObjectView[];
  /** The kernel's list: object letters in list order. */
  list: string[];
  /** Who holds its mutex: a table's letter. */
  mutex: string | null;
  metadata: MetadataView[];
  data: DataPicture[];
}

export interface DeviceView {
  name: string;
  dev: string;
  suspended: boolean;
  open_count: number;
  event_nr: number;
  live: TableView | null;
  inactive: TableView | null;
  /** The table in the LIVE slot is new and has not been resumed yet. */
  becoming_live: boolean;
  /** A table that left the INACTIVE slot and is not LIVE yet. */
  moving: TableView | null;
  /** Old tables, out of their slot: their destructors run next. */
  leaving: TableView[];
}

export interface TableView {
  letter: string;
  targets: string[];
  params: string;
  objects: string[];
}

export interface ObjectView {
  letter: string;
  dev: string;
  dev_name: string;
  holders: string[];
  ref_count: number;
  listed: boolean;
  roots: [name: string, block: number][];
  changed: boolean;
  clean_when_opened: boolean;
  /** Letters of the tables whose preresume has loaded its mappings. */
  loaded_by: string[];
  nr_mappings: number;
  oblocks: number[];
  buffers: BufferView[];
  stale: number[];
  /** Blocks of dirty buffers that are in use on the disk: the next flush overwrites what another object committed. */
  overwrites: number[];
  unreadable: number[];
}

export type BlockKind = "S" | "N" | "A" | "I" | "B" | "R";
export type BlockOwner = "sb" | "map" | "hint" | "disc" | "dirty" | "sm";

export interface BufferView {
  block: number;
  state: "clean" | "dirty" | "stale";
  role: { kind: BlockKind; owner: BlockOwner; parent: number | null } | null;
}

export interface MetadataView {
  dev: string;
  name: string;
  nr_blocks: number;
  mapping_root: number | null;
  objects: string[];
  blocks: { block: number; kind: BlockKind | null; owner: BlockOwner | null; count: number; seen_by: string[] }[];
}

/** The data behind one mapped device that has, or had, a cache. */
export interface DataPicture {
  /** Its former name if it is gone. */
  device: string;
  /** Letter of the live cache table; empty if there is none. */
  table: string;
  /** How the data can be reached: through a live cache table, not now (suspended, failed), past the cache, at the origin alone. */
  access: "open" | "suspended" | "failed" | "detached" | "gone";
  block_sectors: number;
  cache_blocks: number;
  resident: number;
  dirty: number;
  mode: string;
  policy: string;
  /** Why dirty blocks stay dirty; not there where none is, or nothing has held them up so far. */
  why_dirty?: string;
  /** Why the block that was missed last is not promoted; not there where it is. */
  why_not_promoted?: string;
  stats: Record<"read_hits" | "read_misses" | "write_hits" | "write_misses" | "demotions" | "promotions", number>;
  blocks: DataBlock[];
  /** How many blocks were ever written; those in none of the lists below read as they were written. */
  written: number;
  /** Promised and lost. */
  lost: number[];
  /** Not readable now. */
  unreadable: number[];
  /** The origin holds an earlier write, and no cache is there any more. */
  old: number[];
  /** The last write was never promised, and is gone since power failed. */
  unpromised: number[];
  /** Nothing can be known of them. */
  unknown: number[];
}

export interface DataBlock {
  oblock: number;
  cblock: number | null;
  dirty: boolean;
  cache_byte: number | null;
  origin_byte: number;
  written: number | null;
  /** What a read returns (of the origin, if the device is gone); null while it cannot be read. */
  reads: number | null;
  /** Why it does not read as it was written; null if it does, or was never written. */
  verdict: Verdict | null;
  /** Promised and lost. */
  lost: boolean;
}

export interface Mark {
  at: number;
  kind: "command" | "commit" | "cause" | "divergence" | "lost" | "expect" | "undone" | "label" | "ask";
  world: number;
  text: string;
  line: number | null;
  /** Of an expectation: whether it held; null if it is not asked in this world. */
  held: boolean | null;
  as_declared: boolean;
  /** What was seen instead; an answer. */
  note: string | null;
}

/** What a typed line printed in one world. */
export interface Typed {
  sharing: boolean;
  output: string;
  rc: number;
}

/** What the machine did: `event` names it, the other properties belong to it. A page's content is its CRC-32C. */
export interface LabEvent {
  world: number;
  index: number;
  event: string;
  [property: string]: unknown;
}

export interface RunReport {
  title: string;
  kernel: string;
  as_declared: boolean;
  stopped: boolean;
  divergence: { statement: number; steps: [number, number] } | null;
  worlds: {
    sharing: boolean;
    digest: string;
    statements: { line: number; text: string; first_step: number; end_step: number; outcome: string; seen?: string }[];
    steps: { step: number; kind: StepKind; sentence: string; command: number | null; now_ns: number; picture?: View }[];
  }[];
}

/** An `ArrayBuffer`, a `SharedArrayBuffer`, or any view on one: a typed array, a `DataView`, a `Buffer` of node. */
export type ImageBytes = ArrayBufferLike | ArrayBufferView;

export interface DumpOptions {
  /** Leave out what cannot be read, instead of stopping there. */
  repair?: boolean;
  /** JSON instead of XML. */
  json?: boolean;
}

export interface CheckReport {
  superblock: Record<string, unknown> | null;
  examined: string[];
  mapped: number;
  dirty: number;
  metadata_blocks: number;
  damages: { [property: string]: unknown }[];
  notes: unknown[];
  /** 0 for sound, 1 for damaged. */
  exit_code: number;
  /** How `cache_check` 0.9 exits on the same image. */
  cache_check_exit_code: number;
  text: string;
}

export interface Inspection {
  block: number;
  kind: string | null;
  area: string | null;
  fault: unknown;
  fields: { [property: string]: unknown }[];
  pointers: { [property: string]: unknown }[];
}
