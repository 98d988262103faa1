// What depends on a player's width.

/** Below this width, in pixels, a player uses the phone layout. */
export const NARROW = 560;

/** Widths of the whole stage and of the small one, at which their smallest letters are 11 pixels high; and the height that a window
 *  needs to show the whole one with everything else in a player. */
const WHOLE = 840;
export const SMALL = 640;
const TALL = 860;

/** The form of the engine's pictures that fits into so many pixels; with two worlds, the whole one never does. */
export function formIn(width, several) {
  if (!several && width >= WHOLE && innerHeight >= TALL) return "whole";
  return width >= SMALL ? "small" : "narrow";
}

/** The library's poster of a scenario in the form that fits; null if there is none. */
export async function poster(name, player) {
  const { default: posters } = await import("./posters.js");
  return posters[name]?.[player.clientWidth < NARROW ? "narrow" : "wide"].href ?? null;
}
