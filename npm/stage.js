// What a player shows of a frame: the engine's picture, two of them, the buffers as a table, or the story as a list.
// Pictures have the form that has room. A narrow player shows one half of a comparison at a time.
import { h } from "./dom.js";
import { NARROW, formIn } from "./width.js";

const parser = new DOMParser();
/** Styles of pictures, by their text: a strict policy forbids style elements, not style sheets. */
const sheets = new Map();

/** Pictures that are measured along a run. */
const MEASURED = 30;

function adopt(root, text) {
  if (!sheets.has(text)) {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    sheets.set(text, made);
  }
  const wanted = sheets.get(text);
  if (root.adoptedStyleSheets && !root.adoptedStyleSheets.includes(wanted)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, wanted];
}

function picture(root, text, name, form) {
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
  figure.setAttribute("preserveAspectRatio", "xMidYMin");
  return h("div", { class: `picture ${form}`, "data-sharing": name }, figure);
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

/** Height over width of a picture. */
function tall(text) {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(text) ?? [0, 1, 0];
  return height / width;
}

/** Height over width of the tallest of some of a run's pictures. */
function tallest(lab, form) {
  const { position, last, worlds } = lab;
  let share = 0;
  for (let n = 0; n <= MEASURED; n++) {
    lab.seek(Math.round((last * n) / MEASURED));
    worlds.forEach((_, world) => {
      share = Math.max(share, tall(lab.svg(world, form)));
    });
  }
  lab.seek(position);
  return share;
}

export class Stage {
  #seek;
  #story = null;
  #shown = null;
  #narrow = false;
  #form = "small";
  #measured = {};
  #half = 0;
  #resized;
  #halves = ["off", "on"].map((name, n) => {
    const radio = h("input", { type: "radio", name: "half", checked: n === 0, onchange: () => this.#turn(n) });
    return h("label", {}, radio, h("span", {}, `Sharing ${name}`));
  });
  #switch = h("fieldset", { class: "sharing halves", hidden: true }, h("legend", {}, "Which of the two"), ...this.#halves);

  constructor(seek) {
    this.#seek = seek;
    this.element = h("div", { class: "stage", part: "stage" }, this.#switch);
    this.#resized = new ResizeObserver(() => this.#measure() && this.#again());
    this.#resized.observe(this.element);
  }

  /** After this the run may be freed. */
  close() {
    this.#resized.disconnect();
    this.#shown = null;
    this.#story = null;
  }

  #turn(half) {
    this.#half = half;
    this.#again();
  }

  #again() {
    if (this.#shown) this.show(...this.#shown);
  }

  /** Whether the player became narrow or wide, or its pictures have another form. */
  #measure() {
    const { clientWidth } = this.element;
    if (clientWidth === 0) return false;
    const style = getComputedStyle(this.element);
    const narrow = clientWidth < NARROW;
    const form = formIn(clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight), this.#shown?.[1].worlds.length > 1);
    if (narrow === this.#narrow && form === this.#form) return false;
    this.#narrow = narrow;
    this.#form = form;
    this.element.classList.toggle("narrow", narrow);
    return true;
  }

  /** The switch stays where it is: it may have the focus. */
  #fill(...children) {
    for (const child of [...this.element.children]) if (child !== this.#switch) child.remove();
    this.element.append(...children);
  }

  /** The controls below stay where they are, however high a step's picture is. */
  #room(lab, last, drawn) {
    const { lab: of, last: to, form, share } = this.#measured;
    const measured = of === lab && to === last && form === this.#form;
    const now = Math.max(...drawn.map(tall));
    // A picture that was not among those measured may be taller: from then on there is room for it.
    if (measured && now <= share) return;
    const most = Math.max(now, measured ? share : tallest(lab, this.#form));
    this.#measured = { lab, last, form: this.#form, share: most };
    this.element.style.setProperty("--tall", most);
  }

  show(lab, frame, view) {
    this.#shown = [lab, frame, view];
    this.#measure();
    const several = frame.worlds.length > 1;
    this.#switch.hidden = !several || !this.#narrow || view === "story";
    if (view === "story") this.#showStory(lab, frame);
    else {
      this.#story = null;
      const drawn = view === "buffers" ? [] : frame.worlds.map((_, n) => lab.svg(n, this.#form));
      if (drawn.length) this.#room(lab, frame.last, drawn);
      const shown = frame.worlds.map((world, n) => {
        if (!this.#switch.hidden && n !== this.#half) return null;
        const name = world.sharing ? "on" : "off";
        const title = several && !this.#narrow ? h("p", { class: "which" }, `Sharing ${name}`) : null;
        const inner = view === "buffers" ? blocks(world) : [picture(this.element.getRootNode(), drawn[n], name, this.#form)];
        return h("div", { class: "world", "data-sharing": name }, title, ...inner);
      });
      this.#fill(...shown.filter(Boolean));
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
      this.#fill(h("ol", { class: "story" }, ...items));
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
