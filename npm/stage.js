// What a player shows of a frame: the engine's picture, two of them, the buffers as a table, or the story as a list.
import { h } from "./dom.js";

const parser = new DOMParser();
/** Styles of pictures, by their text: a strict policy forbids style elements, not style sheets. */
const sheets = new Map();

function adopt(root, text) {
  if (!sheets.has(text)) {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    sheets.set(text, made);
  }
  const wanted = sheets.get(text);
  if (root.adoptedStyleSheets && !root.adoptedStyleSheets.includes(wanted)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, wanted];
}

function picture(root, text, name) {
  // Taken out before it is parsed: a strict policy complains of style elements wherever it meets them.
  const plain = text.replace(/<style>([^<]*)<\/style>/, (_, style) => {
    adopt(root, style);
    return "";
  });
  const parsed = parser.parseFromString(plain, "image/svg+xml").documentElement;
  if (parsed.nodeName !== "svg") return h("p", { class: "note" }, "This step has no picture.");
  const figure = document.importNode(parsed, true);
  figure.setAttribute("part", "picture");
  figure.removeAttribute("width");
  figure.removeAttribute("height");
  return h("div", { class: "picture", "data-sharing": name }, figure);
}

function blocks({ picture: view }) {
  const tables = view.metadata.map((device) => {
    const objects = view.objects.filter((object) => device.objects.includes(object.letter));
    const numbers = [...new Set([...device.blocks.map((b) => b.block), ...objects.flatMap((o) => o.buffers.map((b) => b.block))])].sort((a, b) => a - b);
    const disk = new Map(device.blocks.map((block) => [block.block, block]));
    const buffers = objects.map((object) => new Map(object.buffers.map((buffer) => [buffer.block, buffer])));
    const cell = (buffer) => h("td", { class: buffer ? `state-${buffer.state}` : "" }, buffer ? (buffer.state === "stale" ? "STALE" : buffer.state) : "");
    const rows = numbers.map((number) => {
      const block = disk.get(number);
      const kind = [block?.kind, block?.owner].filter(Boolean).join(" ");
      return h("tr", {}, h("th", { scope: "row" }, String(number)), h("td", {}, kind), h("td", {}, block?.seen_by.join(" ") ?? ""), ...buffers.map((of) => cell(of.get(number))));
    });
    return h("table", {}, h("caption", {}, `${device.name}: metadata blocks and their buffers`),
      h("thead", {}, h("tr", {}, ...["block", "kind", "seen by", ...objects.map((o) => `buffers of ${o.letter}`)].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...rows));
  });
  return tables.length ? tables : [h("p", { class: "note" }, "No metadata device is open.")];
}

export class Stage {
  #seek;
  #story = null;

  constructor(seek) {
    this.#seek = seek;
    this.element = h("div", { class: "stage", part: "stage" });
  }

  show(lab, frame, view) {
    if (view === "story") this.#showStory(lab, frame);
    else {
      this.#story = null;
      const shown = frame.worlds.map((world, n) => {
        const name = world.sharing ? "on" : "off";
        const title = frame.worlds.length > 1 ? h("p", { class: "which" }, `Sharing ${name}`) : null;
        const inner = view === "buffers" ? blocks(world) : [picture(this.element.getRootNode(), lab.svg(n), name)];
        return h("div", { class: "world", "data-sharing": name }, title, ...inner);
      });
      this.element.replaceChildren(...shown);
    }
    // What scrolls has to be reachable by keyboard.
    if (view === "buffers" || view === "story" || this.element.scrollWidth > this.element.clientWidth) this.element.setAttribute("tabindex", "0");
    else this.element.removeAttribute("tabindex");
  }

  #showStory(lab, frame) {
    if (this.#story?.lab !== lab || this.#story.last !== frame.last) {
      const items = lab.sentences(0).map((sentence, step) =>
        h("li", {}, h("button", { type: "button", onclick: () => this.#seek(step) }, sentence)));
      this.#story = { lab, last: frame.last, items };
      this.element.replaceChildren(h("ol", { class: "story" }, ...items));
    }
    const now = frame.worlds[0]?.step ?? 0;
    this.#story.items.forEach((item, step) => {
      if (step === now) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
      item.classList.toggle("ahead", step > now);
    });
    const current = this.#story.items[now];
    // Scrolls the list alone: the host page stays where it is.
    if (current) this.element.scrollTop = current.offsetTop - this.element.clientHeight / 2;
  }
}
