// What depends on a player's width.

/** Below this width, in pixels, a player is a phone's. */
export const NARROW = 560;

/** The library's poster of a scenario, in the form that fits. */
export const poster = (name, player) =>
  new URL(`./posters/${encodeURIComponent(name)}${player.clientWidth < NARROW ? "-narrow" : ""}.svg`, import.meta.url).href;
