import type * as engine from "./engine.js";

export type {
  BlockKind, BlockOwner, BufferView, CheckReport, DataBlock, DataPicture, DeviceView, DmCacheLabError, DumpOptions, Frame, ImageBytes, Inspection,
  Lab, LabEvent, LabOptions, Mark, MetadataView, ObjectView, RunReport, ScenarioInfo, Sharing, StepKind, TableView, Typed, View, WorldFrame,
} from "./engine.js";

/** What `load` gives. */
export type Api = Readonly<
  Pick<typeof engine, "Lab" | "check" | "dump" | "inspect" | "profiles" | "scenario" | "scenarios" | "version">
>;

/**
 * Loads the engine, once; later calls give the same.
 *
 * @param source where the WebAssembly is (an address, its bytes, or a compiled module) if not beside this file
 * @throws `DmCacheLabError` with code `POLICY` where a content security policy forbids WebAssembly, else `LOAD`
 */
export function load(source?: string | URL | Request | BufferSource | WebAssembly.Module): Promise<Api>;
