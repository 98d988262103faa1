// Turns code blocks of language dm-cache-lab into players, whatever generator wrote them.
//
// A block holds lines `attribute: value`, then, after an empty line or at once, a script; either part may be missing.
// The line `caption: …` becomes a sentence below the figure.
import "./element.js";

/** mdBook, Docusaurus, GitHub Pages, MkDocs; then Sphinx. */
const BLOCKS = "[class~='language-dm-cache-lab'], [class~='lang-dm-cache-lab'], [class~='highlight-dm-cache-lab']";
const OPTION = /^([a-z-]+)\s*:\s*(.*)$/;
const ALLOWED = new Set(["scenario", "sharing", "profile", "seed", "start-at", "speed", "autoplay", "controls", "poster", "theme", "view", "markers",
  "pause-on-markers", "lab"]);
const done = new WeakSet();

/** The text of a block as its author wrote it; some generators end lines with elements. */
function written(block) {
  const copy = block.cloneNode(true);
  for (const button of copy.querySelectorAll("button, .linenos, .lineno")) button.remove();
  for (const end of copy.querySelectorAll("br")) end.replaceWith("\n");
  return (copy.querySelector("pre code, pre, code") ?? copy).textContent.replaceAll("\r\n", "\n");
}

function read(text) {
  const attributes = {};
  let caption = null;
  const lines = text.split("\n");
  while (lines.length) {
    const line = lines[0].trim();
    const [, name, value] = OPTION.exec(line) ?? [];
    if (!name && line !== "") break;
    if (name === "caption") caption = value;
    else if (name && ALLOWED.has(name)) attributes[name] = value;
    lines.shift();
  }
  return { attributes, caption, script: lines.join("\n").trim() };
}

/** The outermost element that is the block: what generators wrap around code belongs to it. */
function outermost(block) {
  let whole = block;
  for (let node = block; node && node !== document.body; node = node.parentElement) if (node.matches(BLOCKS)) whole = node;
  const around = whole.parentElement;
  return whole.matches("code") && around?.matches("pre") ? around : whole;
}

export function convert(root = document) {
  for (const found of root.querySelectorAll(BLOCKS)) {
    const block = outermost(found);
    if (done.has(block) || block.closest("dm-cache-lab")) continue;
    done.add(block);
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
    block.style.setProperty("display", "none", "important");
    block.before(player);
    if (caption) {
      const said = document.createElement("p");
      said.className = "dm-cache-lab-caption";
      said.textContent = caption;
      block.before(said);
    }
  }
}

if (globalThis.document) {
  convert();
  // Sites that load their pages without leaving the first one bring new blocks.
  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      convert();
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
}
