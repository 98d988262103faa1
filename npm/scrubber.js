// The track with its marks and the playhead. It takes keys only while focused, and never the wheel.
import { h, svg } from "./dom.js";

const HALF = 9;
const percent = (at, last) => `${last ? (at / last) * 100 : 0}%`;

/** What a mark looks like; a cause is a diamond, lost data a plate with a cross, a failed expectation a cross in a ring. */
function drawn(mark, last) {
  const x = percent(mark.at, last);
  const title = svg("title", {}, mark.text);
  const place = (...children) => svg("svg", { x, y: HALF, class: `mark ${mark.kind}`, overflow: "visible", "data-at": mark.at }, title, ...children);
  switch (mark.kind) {
    case "command": return place(svg("path", { d: "M0 -5V5" }));
    case "label": case "step": return place(svg("path", { d: "M0 -7V7" }));
    case "commit": return place(svg("circle", { r: 3.5 }));
    case "lost": return place(svg("rect", { x: -5.5, y: -5.5, width: 11, height: 11, rx: 2 }), svg("path", { d: "M-2.6 -2.6L2.6 2.6M2.6 -2.6L-2.6 2.6" }));
    case "divergence": case "cause": return place(svg("path", { d: "M0 -6L6 0L0 6L-6 0z" }));
    case "expect": case "undone":
      if (mark.held !== false) return null;
      return place(svg("circle", { r: 6 }), svg("path", { d: "M-2.3 -2.3L2.3 2.3M2.3 -2.3L-2.3 2.3" }));
    default: return null;
  }
}

export class Scrubber {
  #seek;
  #marks = svg("g");
  #done = svg("line", { x1: 0, y1: HALF, x2: 0, y2: HALF, class: "done" });
  #head = svg("circle", { cx: 0, cy: HALF, r: 5.5, class: "head" });
  #band = svg("rect", { y: HALF + 6, height: 3, class: "band" });
  #last = 0;

  constructor(seek) {
    this.#seek = seek;
    const picture = svg("svg", { width: "100%", height: HALF * 2, overflow: "visible", "aria-hidden": "true" },
      svg("line", { x1: 0, y1: HALF, x2: "100%", y2: HALF, class: "track" }), this.#done, this.#band, this.#marks, this.#head);
    const drag = (event) => this.#drag(event);
    this.element = h("div", { class: "scrubber", part: "scrubber", role: "slider", tabindex: "0", "aria-label": "Step", "aria-valuemin": "1",
      onpointerdown: drag, onpointermove: drag, onkeydown: (event) => this.#key(event) }, picture);
  }

  marks(marks, last, apart, steps) {
    this.#last = last;
    const own = steps.map((at) => ({ at, kind: "step", text: `step ${at + 1}` }));
    // Failures are drawn last, over everything else.
    const order = (mark) => ["command", "label", "step", "commit", "divergence", "cause", "expect", "undone", "lost"].indexOf(mark.kind);
    this.#marks.replaceChildren(...[...marks, ...own].sort((a, b) => order(a) - order(b)).map((mark) => drawn(mark, last)).filter(Boolean));
    const [from, to] = apart ?? [0, 0];
    this.#band.setAttribute("x", percent(from, last));
    this.#band.setAttribute("width", percent(to - from, last));
  }

  show({ position, last, sentence }) {
    const x = percent(position, last);
    this.#done.setAttribute("x2", x);
    this.#head.setAttribute("cx", x);
    const said = { "aria-valuemax": last + 1, "aria-valuenow": position + 1, "aria-valuetext": `Step ${position + 1} of ${last + 1}. ${sentence}` };
    for (const [name, value] of Object.entries(said)) this.element.setAttribute(name, value);
    for (const mark of this.#marks.children) mark.classList.toggle("ahead", Number(mark.dataset.at) > position);
    this.#at = position;
  }

  #at = 0;

  #drag(event) {
    if (event.type === "pointerdown") this.element.setPointerCapture(event.pointerId);
    else if (!(event.buttons & 1)) return;
    const { left, width } = this.element.getBoundingClientRect();
    const share = Math.min(Math.max((event.clientX - left) / (width || 1), 0), 1);
    const at = Math.round(share * this.#last);
    if (at !== this.#at) this.#seek(at);
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const page = Math.max(1, Math.round(this.#last / 10));
    const to = {
      ArrowRight: this.#at + 1, ArrowUp: this.#at + 1, ArrowLeft: this.#at - 1, ArrowDown: this.#at - 1,
      PageUp: this.#at + page, PageDown: this.#at - page, Home: 0, End: this.#last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = Math.min(Math.max(to, 0), this.#last);
    if (at !== this.#at) this.#seek(at);
  }
}
