// <dm-cache-lab>: a running dm-cache in other people's pages. This file, and what it imports by name, is all that loads
// before the element is near the viewport or used.
import { h, icon } from "./dom.js";
import { sheet } from "./style.js";
import { hostTheme, watchTheme } from "./theme.js";
import { poster as libraryPoster } from "./width.js";

const PROPERTIES = {
  scenario: "scenario", sharing: "sharing", profile: "profile", seed: "seed", startAt: "start-at", speed: "speed", controls: "controls",
  poster: "poster", theme: "theme", view: "view", markers: "markers", pauseOnMarkers: "pause-on-markers", lab: "lab",
};
/** What changes the run itself. */
const OPENING = new Set(["scenario", "profile", "seed"]);
/** How far outside the viewport counts as near. */
const NEAR = "300px";
const SCRIPT = /^\s*dm-cache-lab\s+\d/;

/** `Reload while live`, until the script itself can say what it is called. */
const named = (scenario) => scenario && scenario.split("/").pop().replace(/\.\w+$/, "").replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase());

// Imported where there are no elements (node), it only defines a class that nobody can use.
const Base = globalThis.HTMLElement ?? class {};

export class DmCacheLabElement extends Base {
  static observedAttributes = [...Object.values(PROPERTIES), "autoplay"];

  #root;
  #frame = h("div", { class: "player", part: "player", "data-state": "waiting", role: "group" });
  #state = "waiting";
  #player = null;
  #opening = null;
  #near = null;
  #themes = null;
  #onScreen = false;
  #turn = 0;

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [sheet()];
    this.#root.append(this.#frame);
  }

  connectedCallback() {
    this.#themes = watchTheme(() => this.#showTheme());
    this.#showTheme();
    if (!this.#player) this.#wait();
    this.#near = new IntersectionObserver((entries) => this.#seen(entries.at(-1)), { rootMargin: NEAR });
    this.#near.observe(this);
  }

  disconnectedCallback() {
    this.#near?.disconnect();
    this.#themes?.();
    this.#player?.pause();
    // Moved within the page it comes back at once; else it gives its memory back.
    setTimeout(() => {
      if (this.isConnected) return;
      this.#player?.close();
      this.#player = null;
      this.#opening = null;
      this.#become("waiting");
    });
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.isConnected) return;
    if (name === "theme") this.#showTheme();
    if (this.#state === "loading") {
      const again = () => this.attributeChangedCallback(name, before, now);
      this.#opening.then(again, again);
      return;
    }
    if (this.#state === "waiting") return this.#wait();
    if (this.#state === "failed") {
      // What failed may do better as it is now.
      this.#opening = null;
      this.#wait();
      if (this.#onScreen && !this.hasAttribute("poster")) this.#open().catch(() => {});
      return;
    }
    if (OPENING.has(name)) this.#reopen(null);
    else if (name === "sharing") this.#reopen(this.#player.line);
    else if (name === "start-at") this.#player.start();
    else this.#player.settings();
  }

  get state() { return this.#state; }
  get playing() { return this.#player?.playing ?? false; }
  get position() { return this.#player?.position ?? -1; }
  get last() { return this.#player?.last ?? -1; }
  get autoplay() { return this.hasAttribute("autoplay"); }
  set autoplay(on) { this.toggleAttribute("autoplay", Boolean(on)); }

  async play() { (await this.#open()).play(); }
  async pause() { (await this.#open()).pause(); }
  async step(by = 1) { return (await this.#open()).move(by); }
  async back(by = 1) { return (await this.#open()).move(-by); }
  async seek(target) { return (await this.#open()).seek(target); }
  async run(line) { return (await this.#open()).run(line); }
  async snapshot() { return (await this.#open()).snapshot(); }
  async reset() {
    await this.#open();
    await this.#reopen(null);
  }

  /** The script inside the element, if there is one. */
  get #inside() {
    const holder = this.querySelector("script[type^='text/'], template, pre, code");
    const text = (holder?.content ?? holder ?? this).textContent;
    return SCRIPT.test(text) ? text.trim() + "\n" : null;
  }

  #become(state) {
    this.#state = state;
    this.#frame.dataset.state = state;
  }

  #showTheme() {
    const asked = this.getAttribute("theme");
    const theme = asked === "light" || asked === "dark" ? asked : hostTheme(this.parentElement ?? this);
    if (this.#frame.dataset.theme === theme) return;
    this.#frame.dataset.theme = theme;
    // What the engine's pictures listen to.
    this.#frame.classList.toggle("dmlab-dark", theme === "dark");
    this.#frame.classList.toggle("dmlab-light", theme === "light");
  }

  #seen({ isIntersecting, intersectionRatio }) {
    this.#onScreen = isIntersecting;
    this.#player?.onScreen(isIntersecting && intersectionRatio > 0);
    if (!isIntersecting || this.#state !== "waiting") return;
    if (this.hasAttribute("poster")) this.#wait();
    else this.#open().catch(() => {});
  }

  /** What stands there until the engine does: the poster, or what the author put inside. */
  #wait() {
    const poster = this.getAttribute("poster");
    const title = named(this.scenario) ?? (this.#inside ? "A scenario" : "dm-cache-lab");
    const inner = h("div", { class: "poster", part: "poster" }, h("slot", { class: this.#inside ? "source" : "" }));
    if (poster !== null && this.#onScreen) {
      const own = poster === "" || poster === "auto";
      const src = own ? libraryPoster(this.scenario ?? "", this) : new URL(poster, document.baseURI).href;
      inner.replaceChildren(h("img", { src, alt: `${title}, a still picture`, part: "poster-image" }));
    }
    const play = h("button", { type: "button", class: "big-play", part: "play", "aria-label": `Play ${title}`,
      onclick: () => this.play().catch(() => {}) }, icon("play"));
    const about = h("p", { class: "about" }, h("strong", {}, title),
      h("span", {}, "The simulator is WebAssembly, under 400 KB. It is fetched when you press play."));
    this.#frame.setAttribute("aria-label", title);
    this.#frame.replaceChildren(inner, h("div", { class: "invite" }, play, about));
    this.#become("waiting");
  }

  #open() {
    this.#opening ??= this.#load().catch((error) => {
      this.#failed(error);
      throw error;
    });
    return this.#opening;
  }

  async #load() {
    this.#become("loading");
    this.#frame.setAttribute("aria-busy", "true");
    try {
      // Both at once: neither needs the other to arrive.
      const [{ load }, { Player }] = await Promise.all([import("./index.js"), import("./player.js")]);
      const api = await load();
      const source = await this.#source();
      const frame = this.#frame;
      this.#player = new Player(this, api, frame, source);
      this.#become("live");
      this.#player.onScreen(this.#onScreen);
      this.#player.ready();
      return this.#player;
    } finally {
      this.#frame.removeAttribute("aria-busy");
    }
  }

  /** Opens the run again, at a line of the script or at its start. What is asked of the player meanwhile waits. */
  #reopen(line) {
    const turn = ++this.#turn;
    this.#opening = this.#opening.then(async (player) => {
      // Of several changes at once the last one counts.
      if (turn !== this.#turn) return player;
      try {
        player.open(await this.#source(), line);
      } catch (error) {
        this.#report(error);
      }
      return player;
    });
    return this.#opening;
  }

  /** `{ name }` of the library, or `{ text }` from inside the element or from a file of the same site. */
  async #source() {
    const inside = this.#inside;
    const name = this.scenario?.trim();
    if (inside && !name) return { text: inside };
    const { source } = await import("./source.js");
    return source(name);
  }

  async #failed(error) {
    this.#become("failed");
    const { explain } = await import("./fallback.js");
    await explain(this, this.#frame, error, this.#inside);
    this.#report(error);
  }

  #report(error) {
    const detail = { code: error?.code ?? "LOAD", message: error?.message ?? String(error) };
    this.dispatchEvent(new CustomEvent("error", { detail }));
  }
}

for (const [property, attribute] of Object.entries(PROPERTIES)) {
  Object.defineProperty(DmCacheLabElement.prototype, property, {
    get() { return this.getAttribute(attribute); },
    set(value) {
      if (value == null) this.removeAttribute(attribute);
      else this.setAttribute(attribute, String(value));
    },
    configurable: true,
    enumerable: true,
  });
}

export function define() {
  const registry = globalThis.customElements;
  if (registry && !registry.get("dm-cache-lab")) registry.define("dm-cache-lab", DmCacheLabElement);
}

define();
