/** nft's comments hold 128 bytes; a shorter one is easier on the eye, and on memory. */
const MAX_COMMENT = 63;

/**
 * What elements say of their door: a comment for people, which nft prints between quotes without
 * escaping anything, and a number for the next daemon.
 */
export function doorComment(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]|["\\]/g, '?').slice(0, MAX_COMMENT);
}

/** FNV-1a over the name's UTF-8. */
export function doorHash(name: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(name)) {
    hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  }
  return hash;
}
