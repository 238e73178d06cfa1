import type { TupleBatch } from '../tuple/batch.ts';
import { TRAIT } from '../tuple/batch.ts';
import type { Network } from '../tuple/network.ts';

const WORDS = 9; // four of the address, four of the mask, then the trait of its family

/** The networks that a door's knocks must come from, as plain numbers in one array. */
export class SourceNetworks {
  readonly #words: Uint32Array;

  constructor(networks: readonly Network[]) {
    this.#words = Uint32Array.from(
      networks.flatMap(({ address: { family, words }, prefix }) => {
        const bits = family === 4 ? prefix + 96 : prefix;
        return [
          ...words,
          ...[0, 1, 2, 3].map((at) => maskWord(bits - at * 32)),
          family === 6 ? TRAIT.ipv6 : 0,
        ];
      }),
    );
  }

  /** Whether the row's source lies in one of them. */
  has(batch: TupleBatch, row: number): boolean {
    const words = this.#words;
    const [w0, w1] = [batch.source0[row]!, batch.source1[row]!];
    const [w2, w3] = [batch.source2[row]!, batch.source3[row]!];
    const family = batch.traits[row]! & TRAIT.ipv6;
    for (let at = 0; at < words.length; at += WORDS) {
      if (
        words[at + 8] === family &&
        ((w3 ^ words[at + 3]!) & words[at + 7]!) === 0 &&
        ((w2 ^ words[at + 2]!) & words[at + 6]!) === 0 &&
        ((w1 ^ words[at + 1]!) & words[at + 5]!) === 0 &&
        ((w0 ^ words[at]!) & words[at + 4]!) === 0
      ) {
        return true;
      }
    }
    return false;
  }
}

/** So many leading ones, at least none and at most 32. */
function maskWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffff_ffff : ~(0xffff_ffff >>> bits) >>> 0;
}
