// Turns code blocks of language dm-cache-lab into players, whatever generator wrote them.
//
// A block holds lines `attribute: value`, then, after an empty line or at once, a script; either part may be missing.
// The line `caption: …` becomes a sentence below the figure.
import "./element.js";

/** mdBook, Docusaurus, VitePress, GitHub Pages, MkDocs; Sphinx; Starlight and Astro. */
const BLOCKS = ["[class~='language-dm-cache-lab']", "[class~='lang-dm-cache-lab']", "[class~='highlight-dm-cache-lab']",
  "[data-language='dm-cache-lab']"].join(", ");
/** What stands around a block and belongs to it: Starlight's. */
const FRAME = ".expressive-code";
const OPTION = /^([a-z-]+)\s*:\s*(.*)$/;
const ALLOWED = new Set(["scenario", "sharing", "profile", "seed", "start-at", "speed", "autoplay", "controls", "poster", "theme", "view", "markers",
  "pause-on-markers", "lab"]);
/** The players, and the sentences below them, by block. */
const made = new Map();

/** The text of a block as its author wrote it; some generators end lines with elements. */
function written(block) {
  const copy = block.cloneNode(true);
  for (const button of copy.querySelectorAll("button, .linenos, .lineno")) button.remove();
  for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
  for (const line of copy.querySelectorAll(".ec-line")) line.append("\n");
  return (copy.querySelector("pre code, pre, code") ?? copy).textContent.replaceAll("\r\n", "\n");
}

function read(text) {
  const attributes = {};
  let caption = null;
  const lines = text.split("\n");
  while (lines.length) {
    const line = lines[0].trim();
    const [, name, value] = OPTION.exec(line) ?? [];
    // What is no option is the script's, which says what is wrong with it.
    if (line !== "" && name !== "caption" && !ALLOWED.has(name)) break;
    if (name === "caption") caption = value;
    else if (name) attributes[name] = value;
    lines.shift();
  }
  const script = lines.join("\n").trim();
  if (script && attributes.scenario) console.warn(`dm-cache-lab: a block names the scenario ${attributes.scenario}, so its own script is not run.`);
  return { attributes, caption, script };
}

/** The outermost element that is the block: what generators wrap around code belongs to it. */
function outermost(block) {
  let whole = block;
  for (let node = block; node && node !== document.body; node = node.parentElement) if (node.matches(BLOCKS)) whole = node;
  const around = whole.parentElement;
  return whole.closest(FRAME) ?? (whole.matches("code") && around?.matches("pre") ? around : whole);
}

/** A player for a block, and the sentence below it. */
function figure(block) {
  const { attributes, caption, script } = read(written(block));
  const player = document.createElement("dm-cache-lab");
  for (const [name, value] of Object.entries(attributes)) player.setAttribute(name, value);
  if (script) {
    const holder = document.createElement("script");
    holder.type = "text/dm-cache-lab";
    holder.textContent = script;
    player.append(holder);
  }
  // The block stays where its page put it, unseen: pages that take their own elements away again find it, and so does
  // the reader where the player cannot run.
  player.addEventListener("error", () => { if (player.state === "failed" && script) block.style.removeProperty("display"); });
  if (!caption) return [player];
  const said = document.createElement("p");
  said.className = "dm-cache-lab-caption";
  said.textContent = caption;
  return [player, said];
}

/**
 * Whether the page may be changed. What a server wrote and a framework then takes over has to be found as it was written:
 * React in Docusaurus would write the page anew, Vue in VitePress lose its place.
 */
function isOurs() {
  const { hasHydrated } = document.documentElement.dataset;
  if (hasHydrated) return hasHydrated === "true";
  return !document.querySelector("meta[name='generator'][content^='VitePress']") || Boolean(document.getElementById("app")?.__vue_app__);
}

export function convert(root = document) {
  // A block that its page took away, or wrote anew, takes its player along.
  for (const [block, parts] of made) {
    if (block.isConnected) continue;
    for (const part of parts) part.remove();
    made.delete(block);
  }
  for (const found of root.querySelectorAll(BLOCKS)) {
    const block = outermost(found);
    if (made.has(block) || block.closest("dm-cache-lab")) continue;
    const parts = figure(block);
    made.set(block, parts);
    block.style.setProperty("display", "none", "important");
    block.before(...parts);
  }
}

if (globalThis.document) {
  let due = false;
  const look = () => {
    due = false;
    if (isOurs()) convert();
    else later();
  };
  const later = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(look);
  };
  look();
  // Sites that load their pages without leaving the first one bring new blocks.
  new MutationObserver(later).observe(document.documentElement, { childList: true, subtree: true });
}
