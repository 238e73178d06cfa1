/** How the packets of all sources are shared out: each source's packets meet at one of the workers. */
export interface Sharing {
  readonly workers: number;
  /** Secret in a daemon, so that nobody can aim a flood at one worker; 32 bits. */
  readonly seed: number;
}

/**
 * Which worker a source's packets go to, from 0 on; address words in host order. The kernel picks the
 * ring by the same function (native/filter/fanout_program.cc).
 */
export function workerOf(
  word0: number,
  word1: number,
  word2: number,
  word3: number,
  { workers, seed }: Sharing,
): number {
  const state = stirred(stirred(stirred(stirred(seed, word0), word1), word2), word3);
  const product = Math.imul(state, FINISH);
  return ((product ^ (product >>> 16)) >>> 0) % workers;
}

/** Odd, and their bits without a pattern (Weyl's and Murmur3's). */
const STIR = 0x9e3779b1;
const FINISH = 0x85ebca6b;

/** A word of the address is stirred into what came before it. */
function stirred(state: number, word: number): number {
  const product = Math.imul(state ^ word, STIR);
  return product ^ (product >>> 15);
}
