// Where the engine cannot run: poster, story as text, and the reason.
import { h } from "./dom.js";
import { poster } from "./width.js";

/** A file beside this one that came from the same run as the engine would make; null where there is none. */
async function beside(name, kind) {
  const response = await fetch(new URL(`./posters/${encodeURIComponent(name)}.${kind}`, import.meta.url)).catch(() => null);
  return response?.ok ? response.text() : null;
}

/** `script` is the text inside the element, if a script stands there. */
export async function explain(host, frame, error, script) {
  const name = host.scenario?.trim() ?? "";
  const known = /^[a-z0-9-]+$/.test(name);
  const label = frame.getAttribute("aria-label") ?? "dm-cache-lab";
  const image = (src) => h("img", { src: new URL(src, document.baseURI).href, alt: `${label}, a still picture`, part: "poster-image" });
  const parts = [];
  const authors = [...host.children].some((child) => !child.matches("script, template, pre, code"));
  if (authors) parts.push(h("slot"));
  else if (host.poster && host.poster !== "auto") parts.push(image(host.poster));
  else if (known) parts.push(image(poster(name, host)));
  const reason = h("p", { class: "reason", part: "reason", role: "status" }, error?.message ?? String(error));
  if (error?.help) reason.append(` ${error.help}`);
  const text = script ?? (known && !authors ? await beside(name, "txt") : null);
  const story = text && h("details", { class: "story-text", part: "story", open: true },
    h("summary", {}, script ? "The script" : "The run, step by step"), h("pre", { tabindex: "0" }, text));
  frame.replaceChildren(h("div", { class: "poster", part: "poster" }, ...parts), reason, ...(story ? [story] : []));
}
