// Where the engine cannot run: poster, story as text, and the reason.
import { pictureAddress } from "./address.js";
import { h, still } from "./dom.js";
import { poster } from "./width.js";

/** A scenario's run in sentences, from the same run as the engine would make; null where there is none. */
async function story(name) {
  const { default: posters } = await import("./posters.js");
  const response = posters[name] && await fetch(posters[name].story).catch(() => null);
  return response?.ok ? response.text() : null;
}

/** What stands in the player's frame instead. `script` is the text inside the element, if a script stands there. */
export async function explain(host, label, error, script) {
  const name = host.scenario?.trim() ?? "";
  const own = ["", "auto"].includes(host.poster ?? "");
  const authors = [...host.children].some((child) => !child.matches("script, template, pre, code"));
  const src = authors ? null : own ? await poster(name, host).catch(() => null) : pictureAddress(host.poster);
  const picture = authors ? h("slot") : src && still(src, label);
  const reason = h("p", { class: "reason", part: "reason", role: "status" }, error?.message ?? String(error));
  if (error?.help) reason.append(` ${error.help}`);
  const text = script ?? (authors ? null : await story(name).catch(() => null));
  const told = text && h("details", { class: "story-text", part: "story", open: true },
    h("summary", {}, script ? "The script" : "The run, step by step"), h("pre", { tabindex: "0" }, text));
  return [h("div", { class: "poster", part: "poster" }, picture || null), reason, told || null].filter(Boolean);
}
