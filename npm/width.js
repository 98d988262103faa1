// What depends on a player's width.

/** Below this width, in pixels, a player is a phone's. */
export const NARROW = 560;

/** The library's poster of a scenario, in the form that fits; null where there is none. */
export async function poster(name, player) {
  const { default: posters } = await import("./posters.js");
  return posters[name]?.[player.clientWidth < NARROW ? "narrow" : "wide"].href ?? null;
}
