// One style sheet for all players of a page. Colours can be set from outside as --dmlab-NAME.
import { NARROW, SMALL } from "./width.js";

const LIGHT = {
  bg: "#f5f6f8", panel: "#ffffff", sunken: "#eceff3", line: "#d3d8df", line2: "#7f8896", ink: "#12161c", ink2: "#3f4854", ink3: "#586170",
  a: "#0a58a6", "a-tint": "#e1edfa", b: "#875000", "b-tint": "#fcefd6", bad: "#ad0a4c", "bad-tint": "#fce3eb",
  sb: "#343c48", map: "#6438b0", "map-tint": "#ede6fa", disc: "#0c666b", "disc-tint": "#dbf0f0", hint: "#47640f", "hint-tint": "#e9f1d6",
  dirty: "#8a2f7b", "dirty-tint": "#f8e6f4", sm: "#6a5342", "sm-tint": "#f0e8e1",
};
const DARK = {
  bg: "#0e1116", panel: "#151920", sunken: "#0a0d11", line: "#2b323d", line2: "#6b7686", ink: "#e9edf3", ink2: "#b9c1cd", ink3: "#929cab",
  a: "#74b4f6", "a-tint": "#10253c", b: "#f2b44d", "b-tint": "#35270c", bad: "#ff86ac", "bad-tint": "#3d1123",
  sb: "#d0d7e1", map: "#c4a9f8", "map-tint": "#281d43", disc: "#63cdd1", "disc-tint": "#0d2e30", hint: "#b6d46a", "hint-tint": "#232e0f",
  dirty: "#efa0e0", "dirty-tint": "#371431", sm: "#dabfa6", "sm-tint": "#30261e",
};
const tokens = (colours) => Object.entries(colours).map(([name, value]) => `--${name}: var(--dmlab-${name}, ${value});`).join(" ");

const CSS = `
:host { display: block; max-width: var(--dmlab-max-width, 960px); margin: 1em 0; contain: content; }
:host([hidden]) { display: none; }
.player { color-scheme: light; ${tokens(LIGHT)} }
.player[data-theme="dark"] { color-scheme: dark; ${tokens(DARK)} }
.player {
  --ui: var(--dmlab-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif);
  --mono: var(--dmlab-mono, ui-monospace, "JetBrains Mono", "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace);
  position: relative; container-type: inline-size; box-sizing: border-box; min-height: var(--dmlab-height, 460px); display: flex; flex-direction: column;
  border: 1px solid var(--line2); border-radius: var(--dmlab-radius, 8px); overflow: hidden; background: var(--panel); color: var(--ink);
  font: 13px/20px var(--ui); font-variant-numeric: tabular-nums; text-align: start; letter-spacing: normal;
}
.player *, .player *::before { box-sizing: border-box; }
p, fieldset, ol { margin: 0; padding: 0; border: 0; font: inherit; list-style: none; }
button, input { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--a); outline-offset: 2px; }
.icon { flex: none; fill: currentColor; display: block; }
.icon-ring { stroke-dasharray: 2 1.93; }
.icon-check, .icon-cross, .icon-ring, .icon-question { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
.icon-back, .icon-forward { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round; }
.header { display: flex; align-items: center; gap: 8px 12px; flex-wrap: wrap; min-height: 44px; padding: 6px 16px; border-bottom: 1px solid var(--line); }
.titles { flex: 1 1 200px; display: flex; flex-wrap: wrap; gap: 0 10px; align-items: baseline; }
.title { font-weight: 600; }
.about { font-size: 12px; color: var(--ink3); }
.sharing { display: flex; align-items: center; min-width: 0; }
.sharing legend { float: left; padding: 0 10px 0 0; font-size: 12px; color: var(--ink3); }
.sharing label { position: relative; display: block; border: 1px solid var(--line2); margin-left: -1px; cursor: pointer; }
.sharing label:first-of-type { border-radius: 6px 0 0 6px; }
.sharing label:last-of-type { border-radius: 0 6px 6px 0; }
.sharing input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.sharing span { display: block; padding: 3px 12px; font-weight: 500; }
.sharing input:checked + span { background: var(--ink); color: var(--panel); border-radius: inherit; }
.sharing label:has(:focus-visible) { outline: 2px solid var(--a); outline-offset: 2px; z-index: 1; }
.stage { flex: 1 1 auto; position: relative; display: flex; gap: 8px; min-height: var(--dmlab-stage-height, 288px); padding: 4px 16px; background: var(--bg); overflow: hidden; }
[data-view="buffers"] .stage, [data-view="story"] .stage { overflow: auto; max-height: var(--dmlab-stage-height, 288px); }
.world { flex: 1 1 0; min-width: 0; display: flex; flex-direction: column; }
.which { font-size: 12px; font-weight: 600; color: var(--ink2); }
.picture { width: 100%; max-width: 760px; margin: 0 auto; aspect-ratio: 1 / var(--tall); }
.picture.whole { max-width: 1080px; }
.picture.narrow { max-width: 500px; }
.picture svg { display: block; width: 100%; height: 100%; }
.said { display: flex; gap: 16px; align-items: flex-start; min-height: 60px; padding: 9px 16px; border-top: 1px solid var(--line); }
.said.probe { position: absolute; inset-inline: 0; visibility: hidden; }
.sentence { flex: 1; font-size: 14px; line-height: 21px; overflow-wrap: anywhere; }
.verdicts { display: flex; flex-direction: column; align-items: flex-end; font-size: 12px; line-height: 18px; }
.verdict { display: flex; gap: 4px; align-items: center; }
.verdict.bad { color: var(--bad); font-weight: 600; }
.verdict.unreadable { text-decoration: underline dashed 1px; text-underline-offset: 3px; }
.verdict.unpromised { text-decoration: underline dotted 2px; text-underline-offset: 3px; }
.transport { display: flex; align-items: center; gap: 12px; padding: 12px 16px; border-top: 1px solid var(--line); }
.transport button { flex: none; display: grid; place-items: center; width: 28px; height: 32px; padding: 0; border: 0; border-radius: 6px; background: none; cursor: pointer; }
.transport button:hover { background: var(--sunken); }
.transport .play, .transport .play:hover { background: var(--ink); color: var(--panel); }
.scrubber { flex: 1 1 120px; margin: 0 8px; padding: 7px 0; cursor: pointer; touch-action: pan-y; }
.scrubber svg { display: block; }
.track { stroke: var(--line2); stroke-width: 2.5; }
.done { stroke: var(--ink); stroke-width: 2.5; }
.head { fill: var(--ink); stroke: var(--panel); stroke-width: 1.5; }
.band { fill: var(--bad); opacity: .5; }
.mark path { stroke: var(--ink); stroke-width: 1.5; fill: none; }
.mark circle { fill: var(--ink); }
.mark.command path { stroke: var(--ink3); stroke-width: 1; }
.mark.commit.ahead circle { fill: var(--panel); stroke: var(--ink3); stroke-width: 1.25; }
.mark.divergence path, .mark.cause path { fill: var(--bad); stroke: var(--bad); }
.mark.divergence.ahead path, .mark.cause.ahead path { fill: var(--panel); }
.mark.lost rect { fill: var(--bad); }
.mark.lost path { stroke: var(--panel); stroke-width: 1.6; }
.mark.expect circle, .mark.undone circle { fill: var(--bad); stroke: var(--bad); stroke-width: 1.25; }
.mark.expect path, .mark.undone path { stroke: var(--panel); }
.mark.expect.ahead circle, .mark.undone.ahead circle { fill: var(--panel); }
.mark.expect.ahead path, .mark.undone.ahead path { stroke: var(--bad); }
.place { font-family: var(--mono); font-size: 12px; color: var(--ink3); min-width: 5ch; text-align: end; }
.open { color: var(--ink2); text-decoration: none; white-space: nowrap; }
.open:hover { text-decoration: underline; }
[hidden] { display: none !important; }
[data-controls="none"] .transport, [data-controls="none"] .sharing, [data-controls="minimal"] .sharing, [data-controls="minimal"] .open { display: none; }
table { border-collapse: collapse; font-size: 12px; line-height: 18px; }
caption { text-align: start; font-weight: 600; padding-bottom: 4px; }
th, td { padding: 1px 12px 1px 0; text-align: start; font-family: var(--mono); font-weight: 400; white-space: nowrap; }
thead th { font-family: var(--ui); color: var(--ink3); }
.state-stale { color: var(--bad); font-weight: 600; }
.story button { width: 100%; padding: 3px 8px; border: 0; border-radius: 4px; background: none; text-align: start; cursor: pointer; overflow-wrap: anywhere; }
.story .ahead button { color: var(--ink3); }
.story [aria-current] button { background: var(--ink); color: var(--panel); }
.story { flex: 1; position: relative; }
.poster { flex: 1 1 auto; padding: 8px 16px; background: var(--bg); overflow: auto; }
.poster:empty { display: none; }
.poster img { display: block; width: 100%; height: auto; max-height: 320px; object-fit: contain; }
.poster slot.source { display: block; font: 12px/18px var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
[data-state="waiting"] .poster, [data-state="loading"] .poster { max-height: 340px; overflow: hidden; }
.invite { display: flex; align-items: center; gap: 16px; min-height: 96px; padding: 16px; border-top: 1px solid var(--line); }
.big-play { flex: none; display: grid; place-items: center; width: 56px; height: 56px; border: 2px solid var(--panel); outline: 2px solid var(--a); border-radius: 50%; background: var(--ink); color: var(--panel); cursor: pointer; }
.invite .about { display: flex; flex-direction: column; font-size: 13px; color: var(--ink2); }
.invite strong { font-size: 16px; line-height: 24px; color: var(--ink); }
.big-play .icon { width: 24px; height: 24px; }
[data-state="loading"] .big-play { opacity: .5; }
.reason { padding: 12px 16px; border-top: 1px solid var(--line); color: var(--bad); font-weight: 600; }
.story-text { padding: 0 16px 12px; }
.story-text summary { cursor: pointer; font-weight: 600; }
.story-text pre { max-height: 320px; overflow: auto; margin: 8px 0 0; font: 12px/18px var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.note { padding: 16px; color: var(--ink3); }
.world + .world { border-top: 1px solid var(--line); padding-top: 4px; }
.stage:has(.world + .world) { flex-direction: column; }
.halves { padding: 4px 0; }
.halves legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.halves label { flex: 1; text-align: center; background: var(--panel); }
/* Side by side where each of the two has room for its letters, and nothing beside it. */
@container (min-width: ${2 * SMALL}px) {
  .stage:has(.world + .world) { flex-direction: row; gap: 0; padding-inline: 0; }
  .which { padding-left: 16px; }
  .world + .world { border-top: 0; padding-top: 0; }
}
@container (max-width: ${NARROW - 0.02}px) {
  .header { padding: 8px 12px; }
  .header .sharing { flex: 1 1 100%; }
  .sharing label { flex: 1; text-align: center; }
  .sharing span { padding: 11px 8px; }
  .stage { flex-direction: column; min-height: 0; padding: 8px; }
  .said { flex-direction: column; align-items: stretch; gap: 8px; padding: 10px 12px; }
  .verdicts { order: -1; display: grid; grid-template-columns: 1fr 1fr; align-items: stretch; gap: 8px; }
  .verdict { text-wrap: balance; padding: 6px 10px; border: 1px solid var(--line2); border-radius: 6px; }
  .verdict.bad { border-color: var(--bad); background: var(--bad-tint); }
  .verdict.unreadable { border-style: dashed; text-decoration: none; }
  .verdict.unpromised { border: 2px dotted; text-decoration: none; }
  .sentence { min-height: 63px; }
  .transport { flex-wrap: wrap; gap: 8px; padding: 8px 12px; }
  .transport button { width: 44px; height: 44px; }
  .scrubber { order: -1; flex-basis: 100%; padding: 13px 0; }
  .place { margin-inline-start: auto; }
  .open { display: flex; align-items: center; min-height: 44px; }
  .story button, .story-text summary { min-height: 44px; }
}
@media (prefers-reduced-motion: reduce) { .player * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .sharing input:checked + span, .transport .play { background: Highlight; color: HighlightText; } .track, .done, .mark path { stroke: CanvasText; } }
`;

let shared;

export function sheet() {
  if (!shared) {
    shared = new CSSStyleSheet();
    shared.replaceSync(CSS);
  }
  return shared;
}
