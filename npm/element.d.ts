import type { Frame, Mark, Sharing, Typed } from "./index.js";

export interface Snapshot {
  scenario: string | null;
  script: string;
  sharing: Sharing;
  profile: string;
  seed: string | null;
  position: number;
  last: number;
  frame: Frame;
  /** One picture a world. */
  svg: string[];
  /** The same in words. */
  text: string[];
}

export interface DmCacheLabEventMap {
  ready: CustomEvent<{ title: string; position: number; last: number }>;
  step: CustomEvent<{ position: number; last: number; percent: number; sentence: string }>;
  marker: CustomEvent<Mark>;
  expect: CustomEvent<Mark>;
  end: CustomEvent<{ position: number }>;
  error: CustomEvent<{ code: string; message: string }>;
}

export class DmCacheLabElement extends HTMLElement {
  scenario: string | null;
  sharing: Sharing | null;
  profile: string | null;
  seed: string | null;
  startAt: string | null;
  speed: string | null;
  autoplay: boolean;
  controls: string | null;
  poster: string | null;
  theme: string | null;
  view: string | null;
  markers: string | null;
  pauseOnMarkers: string | null;
  lab: string | null;

  /** `waiting`, `loading`, `live` or `failed`. */
  readonly state: "waiting" | "loading" | "live" | "failed";
  readonly playing: boolean;
  /** The playhead, counted from 0; -1 until the player is live. */
  readonly position: number;
  readonly last: number;

  play(): Promise<void>;
  pause(): Promise<void>;
  step(by?: number): Promise<number>;
  back(by?: number): Promise<number>;
  seek(target: number | string): Promise<number>;
  run(line: string): Promise<Typed[]>;
  reset(): Promise<void>;
  snapshot(): Promise<Snapshot>;

  addEventListener<K extends keyof DmCacheLabEventMap>(
    type: K, listener: (this: DmCacheLabElement, event: DmCacheLabEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/** Defines `<dm-cache-lab>`, unless it is defined already. Importing this module has done it. */
export function define(): void;

declare global {
  interface HTMLElementTagNameMap {
    "dm-cache-lab": DmCacheLabElement;
  }
}
