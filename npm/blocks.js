// Turns code blocks of language dm-cache-lab into players, whichever site generator produced them.
//
// A block holds `attribute: value` lines, then a script, with or without an empty line between them. Either part may be missing.
// `caption: …` becomes a sentence below the figure.
import "./element.js";

/** mdBook, Docusaurus, VitePress, GitHub Pages, MkDocs; Sphinx; Starlight and Astro. */
const BLOCKS = ["[class~='language-dm-cache-lab']", "[class~='lang-dm-cache-lab']", "[class~='highlight-dm-cache-lab']",
  "[data-language='dm-cache-lab']"].join(", ");
/** The frame that Starlight puts around a block. */
const FRAME = ".expressive-code";
const OPTION = /^([a-z-]+)\s*:\s*(.*)$/;
const ALLOWED = new Set(["scenario", "sharing", "profile", "seed", "start-at", "speed", "autoplay", "controls", "poster", "theme", "view", "markers",
  "pause-on-markers", "lab"]);
/** The player and the caption of each block. */
const made = new Map();

/** The text of a block as its author wrote it. Some generators end lines with elements. */
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
    // A line that is not an option belongs to the script, whose parser reports it if it is wrong.
    if (line !== "" && name !== "caption" && !ALLOWED.has(name)) break;
    if (name === "caption") caption = value;
    else if (name) attributes[name] = value;
    lines.shift();
  }
  const script = lines.join("\n").trim();
  if (script && attributes.scenario) console.warn(`dm-cache-lab: a block names the scenario ${attributes.scenario}, so its own script is not run.`);
  return { attributes, caption, script };
}

/** The outermost element of the block, with whatever the generator wraps around code. */
function outermost(block) {
  let whole = block;
  for (let node = block; node && node !== document.body; node = node.parentElement) if (node.matches(BLOCKS)) whole = node;
  const around = whole.parentElement;
  return whole.closest(FRAME) ?? (whole.matches("code") && around?.matches("pre") ? around : whole);
}

/** A player for a block, and its caption. */
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
  // The block stays in its place, hidden: a page that removes its own elements can still find it, and so can
  // a reader for whom the player cannot run.
  player.addEventListener("error", () => { if (player.state === "failed" && script) block.style.removeProperty("display"); });
  if (!caption) return [player];
  const said = document.createElement("p");
  said.className = "dm-cache-lab-caption";
  said.textContent = caption;
  return [player, said];
}

/**
 * Whether the page may be changed. A framework that hydrates server-rendered markup must find it unchanged:
 * React in Docusaurus would render the page again, Vue in VitePress would lose its place.
 */
function isOurs() {
  const { hasHydrated } = document.documentElement.dataset;
  if (hasHydrated) return hasHydrated === "true";
  return !document.querySelector("meta[name='generator'][content^='VitePress']") || Boolean(document.getElementById("app")?.__vue_app__);
}

export function convert(root = document) {
  // A block that the page removes or replaces takes its player with it.
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
  // Single-page sites add new blocks as the reader navigates.
  new MutationObserver(later).observe(document.documentElement, { childList: true, subtree: true });
}
