// Shown where the engine cannot run: the poster, the story as text, and the reason.
import { pictureAddress } from "./address.js";
import { h, still } from "./dom.js";
import { poster } from "./width.js";

/** The story of a library scenario, made by the engine beforehand; null if there is none. */
async function story(name) {
  const { default: posters } = await import("./posters.js");
  const response = posters[name] && await fetch(posters[name].story).catch(() => null);
  return response?.ok ? response.text() : null;
}

/** What is shown in place of the player. `script` is the script inside the element, if there is one. */
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
