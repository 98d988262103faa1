// <dm-cache-lab>: a running dm-cache in any page. This file and its static imports are all that loads
// until the element comes near the viewport or is used.
import { pictureAddress, webAddress } from "./address.js";
import { h, icon, still } from "./dom.js";
import { sheet } from "./style.js";
import { hostTheme, watchTheme } from "./theme.js";
import { poster as libraryPoster } from "./width.js";

const PROPERTIES = {
  scenario: "scenario", sharing: "sharing", profile: "profile", seed: "seed", startAt: "start-at", speed: "speed", controls: "controls",
  poster: "poster", theme: "theme", view: "view", markers: "markers", pauseOnMarkers: "pause-on-markers", lab: "lab",
};
/** Attributes that change the run itself. */
const OPENING = new Set(["scenario", "profile", "seed"]);
/** How far outside the viewport counts as near. */
const NEAR = "300px";
const SCRIPT = /^\s*dm-cache-lab\s+\d/;

/** `Reload while live`: the title until the script gives its own. */
const named = (scenario) => scenario && scenario.split("/").pop().replace(/\.\w+$/, "").replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase());

const gone = () => Object.assign(new Error("The element is not in a page, or was taken out of it."), { name: "DmCacheLabError", code: "NO_PAGE" });

// In node, where there are no elements, importing this only defines an unusable class.
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
  #failures = 0;
  /** From the element's insertion into a page to its final removal. Results that arrive later are discarded. */
  #life = null;
  #warned = new Set();

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    this.#root.adoptedStyleSheets = [sheet()];
    this.#root.append(this.#frame);
  }

  connectedCallback() {
    this.#life ??= new AbortController();
    this.#themes = watchTheme(() => this.#showTheme());
    this.#showTheme();
    for (const name of ["lab", "poster"]) this.#checkAddress(name);
    if (this.#state === "waiting") this.#wait();
    this.#near = new IntersectionObserver((entries) => this.#seen(entries.at(-1)), { rootMargin: NEAR });
    this.#near.observe(this);
  }

  disconnectedCallback() {
    this.#near?.disconnect();
    this.#themes?.();
    this.#onScreen = false;
    this.#player?.onScreen(false);
    // An element moved within the page is back at once; one that was removed frees its memory.
    setTimeout(() => {
      if (this.isConnected) return;
      this.#life?.abort(gone());
      this.#life = null;
      this.#player?.close();
      this.#player = null;
      this.#opening = null;
      this.#wait();
    });
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.isConnected) return;
    if (name === "theme") this.#showTheme();
    if (name === "lab" || name === "poster") this.#checkAddress(name);
    if (this.#state === "loading") {
      const again = () => this.attributeChangedCallback(name, before, now);
      this.#opening.then(again, again);
      return;
    }
    if (this.#state === "waiting") return this.#wait();
    if (this.#state === "failed") {
      // What failed may work with the new attributes.
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

  /** The script inside the element, if any: a data block, or text that begins like a script. */
  get #inside() {
    const own = this.querySelector("script[type='text/dm-cache-lab']");
    const holder = own ?? this.querySelector("script[type^='text/'], template, pre, code");
    const text = (holder?.content ?? holder ?? this).textContent;
    return (own ? text.trim() : SCRIPT.test(text)) ? text.trim() + "\n" : null;
  }

  #become(state) {
    this.#state = state;
    this.#frame.dataset.state = state;
    if (state !== "loading") this.#frame.removeAttribute("aria-busy");
  }

  #showTheme() {
    const asked = this.getAttribute("theme");
    const theme = asked === "light" || asked === "dark" ? asked : hostTheme(this.parentElement ?? this);
    if (this.#frame.dataset.theme === theme) return;
    this.#frame.dataset.theme = theme;
    // The engine's pictures react to these.
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

  /** What is shown until the engine runs: the poster, or the element's own content. */
  #wait() {
    const title = named(this.scenario) ?? (this.#inside ? "A scenario" : "dm-cache-lab");
    const inner = h("div", { class: "poster", part: "poster" }, h("slot", { class: this.#inside ? "source" : "" }));
    if (this.hasAttribute("poster") && this.#onScreen) this.#still(title).then((picture) => picture && inner.replaceChildren(picture));
    const play = h("button", { type: "button", class: "big-play", part: "play", "aria-label": `Play ${title}`,
      onclick: () => this.play().catch(() => {}) }, icon("play"));
    const about = h("p", { class: "about" }, h("strong", {}, title),
      h("span", {}, "The simulator is WebAssembly, about 600 KB. It is fetched when you press play."));
    this.#frame.setAttribute("aria-label", title);
    this.#frame.replaceChildren(inner, h("div", { class: "invite" }, play, about));
    this.#become("waiting");
  }

  /** The poster: the author's, or the library's; null if there is none. */
  async #still(title) {
    const poster = this.poster;
    const own = poster === "" || poster === "auto";
    const src = own ? await libraryPoster(this.scenario?.trim() ?? "", this).catch(() => null) : pictureAddress(poster);
    return src && still(src, title);
  }

  /** Says, once, why a URL gives no link or no picture. */
  #checkAddress(name) {
    const text = this.getAttribute(name);
    const isRight = !text || (name === "lab" ? webAddress(text) : text === "auto" || pictureAddress(text));
    if (isRight || this.#warned.has(`${name} ${text}`)) return;
    this.#warned.add(`${name} ${text}`);
    const message = name === "lab" ? `lab: ${text} is no address of the web: there is no link to it.`
      : `poster: ${text} is no picture of this site: it is not shown.`;
    console.warn(`dm-cache-lab: ${message}`);
    this.#report(Object.assign(new Error(message), { code: "ADDRESS" }));
  }

  #open() {
    if (!this.#life) return Promise.reject(gone());
    const { signal } = this.#life;
    this.#opening ??= this.#load(signal).catch((error) => {
      if (!signal.aborted) this.#failed(error, signal);
      throw signal.aborted ? signal.reason : error;
    });
    return this.#opening;
  }

  async #load(signal) {
    this.#become("loading");
    this.#frame.setAttribute("aria-busy", "true");
    // In parallel: neither needs the other.
    const [{ load }, { Player }] = await Promise.all([import("./index.js"), import("./player.js")]);
    const api = await load();
    const source = await this.#source(signal);
    // The element may have been removed in the meantime.
    signal.throwIfAborted();
    this.#player = new Player(this, api, this.#frame, source);
    this.#become("live");
    this.#player.onScreen(this.#onScreen);
    this.#player.ready();
    return this.#player;
  }

  /** Opens the run again, at a line of the script or at its start. Calls to the player wait until it is there. */
  #reopen(line) {
    const turn = ++this.#turn;
    const { signal } = this.#life;
    this.#opening = this.#opening.then(async (player) => {
      // If several changes come at once, the last one counts.
      if (turn !== this.#turn) return player;
      try {
        const source = await this.#source(signal);
        signal.throwIfAborted();
        player.open(source, line);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        this.#report(error);
      }
      return player;
    });
    this.#opening.catch(() => {});
    return this.#opening;
  }

  /** `{ name }` from the library, or `{ text }` from inside the element or from a file on the same site. */
  async #source(signal) {
    const inside = this.#inside;
    const name = this.scenario?.trim();
    if (inside && !name) return { text: inside };
    const { source } = await import("./source.js");
    return source(name, signal);
  }

  async #failed(error, signal) {
    const failure = ++this.#failures;
    this.#become("failed");
    const { explain } = await import("./fallback.js");
    const shown = await explain(this, this.#frame.getAttribute("aria-label") ?? "dm-cache-lab", error, this.#inside);
    // The reader may have tried again in the meantime: what an earlier failure has to show is out of date.
    if (signal.aborted || this.#state !== "failed" || failure !== this.#failures) return;
    this.#frame.replaceChildren(...shown);
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
