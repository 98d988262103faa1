// What depends on a player's width.

/** Below this width, in pixels, a player is a phone's. */
export const NARROW = 560;

/** Widths of the whole stage and of the small one, in which their smallest letters are 11 pixels high; and what a window needs to
 *  show the whole one with all that belongs to a player. */
const WHOLE = 840;
const SMALL = 640;
const TALL = 860;

/** The form of the engine's pictures that has room in so many pixels; of two worlds, none is whole. */
export function formIn(width, several) {
  if (!several && width >= WHOLE && innerHeight >= TALL) return "whole";
  return width >= SMALL ? "small" : "narrow";
}

/** The library's poster of a scenario, in the form that fits; null where there is none. */
export async function poster(name, player) {
  const { default: posters } = await import("./posters.js");
  return posters[name]?.[player.clientWidth < NARROW ? "narrow" : "wide"].href ?? null;
}
