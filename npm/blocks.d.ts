/** Puts a player in place of every code block of language dm-cache-lab. Importing this module does it, now and whenever the page changes. */
export function convert(root?: ParentNode): void;
