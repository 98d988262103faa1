// A live player: the run, its playhead, and the frame around its pictures.
import { webAddress } from "./address.js";
import { h, icon } from "./dom.js";
import { Scrubber } from "./scrubber.js";
import { Stage } from "./stage.js";

/** How long a sentence takes to read at normal speed, in milliseconds: that long its step is shown. */
const readingMs = (sentence) => Math.min(Math.max(1000 + 60 * sentence.split(/\s+/).filter(Boolean).length, 1600), 3200);
/** The least time for a step with reduced motion. */
const STEP_REDUCED_MS = 2000;
const KINDS = ["label", "command", "commit", "cause", "divergence", "lost", "expect", "undone", "ask"];
const SHARINGS = ["off", "on", "compare"];
const counted = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;

/** The sign of each verdict: its shape tells which, colour only repeats it. */
const SIGNS = { passes: "check", kept: "check", fails: "cross", lost: "cross", unreadable: "pause", old: "corner", unpromised: "ring", unknown: "question" };
const FAILING = ["fails", "lost", "old"];

function verdict({ of, kind, said }, head) {
  const failing = FAILING.includes(kind);
  const text = of === "check" ? `Metadata check${kind === "fails" || kind === "unknown" ? ":" : ""} ${said}` : said[0].toUpperCase() + said.slice(1);
  return h("span", {
    class: `verdict ${kind}${failing ? " bad" : ""}`, "data-verdict": of === "check" ? "check" : "truth", "data-kind": kind, "data-failing": String(failing),
  }, icon(SIGNS[kind]), head + text);
}

/** One line each, never merged: the contrast between check and data is the point. */
function verdicts({ chips, sharing }, several) {
  return chips.map((chip) => verdict(chip, several ? `${sharing ? "On" : "Off"}: ` : ""));
}

/** The kinds and step numbers in an attribute. */
function wanted(text, fallback) {
  const words = (text ?? "").split(/[\s,]+/).filter(Boolean);
  if (!words.length) return new Set(fallback);
  return new Set(words.map((word) => (/^\d+$/.test(word) ? Number(word) : word)));
}

const matches = (set, mark) => set.has(mark.kind) || set.has(mark.at);

export class Player {
  #host;
  #api;
  #frame;
  #lab = null;
  #source;
  #timer = null;
  #visible = true;
  #marks = [];
  #current = null;
  #awake = () => this.#tick();
  playing = false;

  constructor(host, api, frame, source) {
    this.#host = host;
    this.#api = api;
    this.#frame = frame;
    this.#build();
    this.#room.observe(this.#said);
    try {
      this.open(source, null);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get position() { return this.#lab.position; }
  get last() { return this.#lab.last; }
  get line() { return this.#current?.line ?? null; }

  /** Runs the source; the playhead goes to a line of the script, or to the start that the host asks for. */
  open(source, line) {
    const { profile, seed } = this.#host;
    const options = {};
    const sharing = this.#host.view?.trim() === "compare" ? "compare" : this.#host.sharing;
    if (sharing) options.sharing = sharing.trim();
    if (profile) options.profile = profile.trim();
    if (seed?.trim()) {
      if (!/^\d+$/.test(seed.trim())) throw Object.assign(new Error(`seed: ${seed} is no number`), { name: "DmCacheLabError", code: "OPTION" });
      options.seed = BigInt(seed.trim());
    }
    if (source.text !== undefined && source.name) options.name = source.name;
    const { Lab } = this.#api;
    const lab = source.text === undefined ? Lab.scenario(source.name, options) : new Lab(source.text, options);
    this.#lab?.free();
    this.#lab = lab;
    this.#source = source;
    this.pause();
    this.#arrive(line === null ? null : lab.atLine(line));
  }

  /** Takes in a new or longer run. */
  #arrive(position) {
    const lab = this.#lab;
    this.#marks = lab.marks();
    this.#title.textContent = lab.title;
    this.#frame.setAttribute("aria-label", `${lab.title}, a figure to step through`);
    const worlds = lab.worlds;
    const sharing = worlds.length > 1 ? "compare" : worlds[0];
    for (const radio of this.#radios) radio.checked = radio.value === sharing;
    this.settings(false);
    if (position === null) this.start(false);
    else lab.seek(position);
    this.#show();
  }

  /** Goes to the start that the host asks for. */
  start(show = true) {
    const at = this.#host.startAt?.trim();
    if (at) this.#lab.seek(at);
    else this.#lab.seek(0);
    if (show) this.#moved();
  }

  ready() {
    const { title, position, last } = this.#lab;
    this.#tell("ready", { title, position, last });
    if (this.#host.autoplay) this.play();
  }

  close() {
    this.pause();
    document.removeEventListener("visibilitychange", this.#awake);
    this.#stage.close();
    this.#room.disconnect();
    this.#lab?.free();
  }

  play() {
    if (this.position === this.last) {
      this.#lab.seek(0);
      this.#moved();
    }
    this.playing = this.last > 0;
    this.#tick();
    this.#showPlaying();
  }

  pause() {
    this.playing = false;
    clearTimeout(this.#timer);
    this.#showPlaying();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Moved by hand: playback stops. */
  move(by) {
    this.pause();
    this.#lab.step(Math.trunc(by));
    return this.#moved();
  }

  seek(target) {
    this.pause();
    this.#lab.seek(target);
    return this.#moved();
  }

  run(line) {
    this.pause();
    const typed = this.#lab.run(String(line));
    this.#arrive(this.#lab.last);
    this.#announce();
    return typed;
  }

  snapshot() {
    const { scenario, seed } = this.#host;
    const lab = this.#lab;
    const all = lab.worlds.map((_, world) => world);
    return {
      scenario, seed, script: lab.script, profile: lab.profile, sharing: all.length > 1 ? "compare" : lab.worlds[0],
      position: lab.position, last: lab.last, frame: lab.frame(), svg: all.map((world) => lab.svg(world)), text: all.map((world) => lab.text(world)),
    };
  }

  /** Playback waits while the player is out of view. */
  onScreen(visible) {
    this.#visible = visible;
    clearTimeout(this.#timer);
    if (this.playing) this.#tick();
  }

  /** Applies the host's attributes that do not change the run. */
  settings(show = true) {
    const host = this.#host;
    const view = host.view?.trim() || "stage";
    const controls = host.controls?.trim() || "full";
    this.#frame.dataset.controls = ["full", "minimal", "none"].includes(controls) ? controls : "full";
    this.#frame.dataset.view = view;
    const kinds = host.markers?.trim() === "none" ? new Set() : wanted(host.markers, KINDS);
    this.#scrubber.marks(this.#marks.filter((mark) => matches(kinds, mark)), this.#lab.last, this.#lab.apart,
      [...kinds].filter((kind) => Number.isInteger(kind) && kind <= this.#lab.last));
    if (view === "compare" && this.#lab.worlds.length < 2) host.sharing = "compare";
    if (show) this.#show();
  }

  #tick() {
    clearTimeout(this.#timer);
    if (!this.playing || !this.#visible || document.hidden) {
      if (this.playing && document.hidden) document.addEventListener("visibilitychange", this.#awake, { once: true });
      return;
    }
    const speed = Math.min(Math.max(Number(this.#host.speed) || 1, 0.1), 20);
    const least = matchMedia("(prefers-reduced-motion: reduce)").matches ? STEP_REDUCED_MS : 0;
    const ms = Math.max(readingMs(this.#current.sentence), least);
    this.#timer = setTimeout(() => this.#next(), ms / speed);
  }

  #next() {
    this.#lab.step(1);
    this.#moved();
    const host = this.#host;
    if (host.hasAttribute("pause-on-markers")) {
      const kinds = wanted(host.pauseOnMarkers, ["label", "ask"]);
      if (kinds.has(this.position) || this.#marks.some((mark) => mark.at === this.position && matches(kinds, mark))) this.pause();
    }
    if (this.position === this.last) this.pause();
    this.#tick();
  }

  #moved() {
    this.#show();
    this.#announce();
    return this.position;
  }

  #announce() {
    const { position, last, sentence } = this.#current;
    this.#tell("step", { position, last, percent: last ? (position / last) * 100 : 0, sentence });
    const marks = this.#marks.filter((mark) => mark.at === position);
    for (const mark of marks) this.#tell(mark.kind === "expect" ? "expect" : "marker", mark);
    if (position === last) this.#tell("end", { position });
  }

  #tell(type, detail) {
    this.#host.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #title = h("strong", { class: "title", part: "title" });
  #about = h("span", { class: "about", part: "subtitle" });
  #radios = SHARINGS.map((value) =>
    h("input", { type: "radio", name: "sharing", value, onchange: () => this.#share(value) }));
  #stage = new Stage((position) => this.seek(position));
  #sentence = h("p", { class: "sentence", part: "sentence", "aria-live": "polite" });
  #verdicts = h("p", { class: "verdicts", part: "verdicts", role: "status" });
  #said = h("div", { class: "said" }, this.#sentence, this.#verdicts);
  #room = new ResizeObserver(() => this.#reserve());
  #reserved = {};
  #play = h("button", { type: "button", class: "play", part: "play", onclick: () => this.toggle() });
  #scrubber = new Scrubber((position) => this.seek(position));
  #place = h("span", { class: "place", part: "position" });
  #link = h("a", { class: "open", part: "open", target: "_blank", rel: "noopener" }, "Open in lab ↗");

  #build() {
    const sharing = h("fieldset", { class: "sharing", part: "sharing" }, h("legend", {}, "Sharing"),
      ...this.#radios.map((radio) => h("label", {}, radio, h("span", {}, radio.value[0].toUpperCase() + radio.value.slice(1)))));
    const button = (name, label, by) =>
      h("button", { type: "button", part: name, "aria-label": label, onclick: () => this.move(by) }, icon(name));
    this.#frame.replaceChildren(
      h("div", { class: "header", part: "header" }, h("div", { class: "titles" }, this.#title, this.#about), sharing),
      this.#stage.element,
      this.#said,
      h("div", { class: "transport", part: "transport" },
        button("back", "Step back", -1), this.#play, button("forward", "Step forward", 1), this.#scrubber.element, this.#place, this.#link));
  }

  /** Leaving the comparison also leaves the view named after it. */
  #share(value) {
    if (value !== "compare" && this.#host.view === "compare") this.#host.view = "stage";
    this.#host.sharing = value;
  }

  #showPlaying() {
    this.#play.setAttribute("aria-label", this.playing ? "Pause" : "Play");
    this.#play.replaceChildren(icon(this.playing ? "pause" : "play"));
    // During playback a screen reader could not keep up.
    this.#sentence.setAttribute("aria-live", this.playing ? "off" : "polite");
  }

  #show() {
    const frame = this.#lab.frame();
    this.#current = frame;
    const { metadata, objects } = frame.worlds[0]?.picture ?? { metadata: [], objects: [] };
    this.#about.textContent = metadata.length ? `${counted(metadata.length, "metadata device")}, ${counted(objects.length, "object")}` : "";
    this.#stage.show(this.#lab, frame, this.#frame.dataset.view);
    this.#sentence.textContent = frame.sentence;
    this.#verdicts.replaceChildren(...frame.worlds.flatMap((world) => verdicts(world, frame.worlds.length > 1)));
    this.#reserve();
    this.#scrubber.show(frame);
    this.#place.textContent = `${frame.position + 1}/${frame.last + 1}`;
    const base = this.#host.lab ? webAddress(this.#host.lab) : null;
    this.#link.hidden = !base;
    if (base) this.#link.href = new URL(this.#address(), base).href;
    else this.#link.removeAttribute("href");
  }

  /** The controls below stay under the hand, however long a step's sentence is. */
  #reserve() {
    const width = this.#said.clientWidth;
    if (!this.#current || !width) return;
    const { lab, last, width: before } = this.#reserved;
    if (lab !== this.#lab || last !== this.#lab.last || before !== width) {
      this.#reserved = { lab: this.#lab, last: this.#lab.last, width };
      this.#said.style.minHeight = `${this.#most()}px`;
    }
    // The verdict on a loss may be longer than what was measured.
    const { offsetHeight } = this.#said;
    if (offsetHeight > parseFloat(this.#said.style.minHeight)) this.#said.style.minHeight = `${offsetHeight}px`;
  }

  /** The height of the longest sentence, or of all verdicts, at this width. */
  #most() {
    const { worlds } = this.#current;
    const several = worlds.length > 1;
    const longest = worlds.map((_, world) => this.#lab.sentences(world).reduce((most, text) => (text.length > most.length ? text : most), ""));
    const chips = [{ of: "check", kind: "passes", said: "passes" }, { of: "data", kind: "lost", said: "4 blocks lost: 10–13" }];
    const probe = h("div", { class: "said probe", "aria-hidden": "true" },
      h("p", { class: "sentence" }, several ? `Off: ${longest[0]} On: ${longest[1]}` : longest[0] ?? ""),
      h("p", { class: "verdicts" }, ...worlds.flatMap(({ sharing }) => verdicts({ chips, sharing }, several))));
    this.#said.after(probe);
    const height = probe.offsetHeight;
    probe.remove();
    return height;
  }

  /** The moment shown, in the form of the page's links. */
  #address() {
    const lab = this.#lab;
    const sharing = lab.worlds.length > 1 ? "compare" : lab.worlds[0];
    const own = this.#source.text === undefined && this.#api.scenario(this.#source.name) === lab.script;
    const what = own ? `s=${encodeURIComponent(this.#source.name)}` : `t=${encodeURIComponent(lab.script)}`;
    const seed = this.#host.seed?.trim() ? `&seed=${encodeURIComponent(this.#host.seed.trim())}` : "";
    return `#v=1&${what}&x=${sharing}&k=${lab.profile}${seed}&at=${lab.position}`;
  }
}
