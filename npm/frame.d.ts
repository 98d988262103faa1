import type { DmCacheLabEventMap, Snapshot } from "./element.js";
import type { Typed } from "./index.js";

export interface FrameEventMap extends DmCacheLabEventMap {
  /** The height of the page in the iframe, in CSS pixels. */
  size: CustomEvent<{ height: number }>;
}

export interface Frame {
  call(method: "play" | "pause" | "reset"): Promise<void>;
  call(method: "step" | "back", by?: number): Promise<number>;
  call(method: "seek", target: number | string): Promise<number>;
  call(method: "run", line: string): Promise<Typed[]>;
  call(method: "snapshot"): Promise<Snapshot>;
  addEventListener<K extends keyof FrameEventMap>(type: K, listener: (event: FrameEventMap[K]) => void): void;
  removeEventListener<K extends keyof FrameEventMap>(type: K, listener: (event: FrameEventMap[K]) => void): void;
  /** Stops listening. */
  close(): void;
}

/** Connects to an iframe whose page is `embed.html`; resolves when it answers. */
export function connect(iframe: HTMLIFrameElement): Promise<Frame>;
