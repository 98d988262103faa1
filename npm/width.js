// What depends on a player's width.

/** Below this width, in pixels, a player uses the phone layout. */
export const NARROW = 560;

/** The library's poster of a scenario in the form that fits; null if there is none. */
export async function poster(name, player) {
  const { default: posters } = await import("./posters.js");
  return posters[name]?.[player.clientWidth < NARROW ? "narrow" : "wide"].href ?? null;
}
