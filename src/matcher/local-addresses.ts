import type { Address } from '../tuple/address.ts';
import { TRAIT, type TupleBatch } from '../tuple/batch.ts';

const WORDS = 5; // four of the address, then the family
const IPV6 = TRAIT.ipv6;

/** The destinations that count for doors without a `Target`: open addressing, at most half full. */
export class LocalAddresses {
  readonly #words: Int32Array;
  readonly #mask: number;
  // Nearly all packets are for the address that the last one was for.
  #lastFamily = 0;
  #last0 = 0;
  #last1 = 0;
  #last2 = 0;
  #last3 = 0;

  constructor(addresses: Iterable<Address>) {
    const list = [...addresses];
    const capacity = 2 << Math.ceil(Math.log2(Math.max(1, list.length)));
    this.#mask = capacity - 1;
    this.#words = new Int32Array(capacity * WORDS);
    for (const { family, words } of list) {
      const [w0, w1, w2, w3] = words;
      const at = this.#find(family, w0 | 0, w1 | 0, w2 | 0, w3 | 0);
      this.#words.set([...words, family], at);
    }
  }

  /** Whether the row's destination is one of them. */
  has(batch: TupleBatch, row: number): boolean {
    const w0 = batch.target0[row]! | 0;
    const w1 = batch.target1[row]! | 0;
    const w2 = batch.target2[row]! | 0;
    const w3 = batch.target3[row]! | 0;
    const family = (batch.traits[row]! & IPV6) === 0 ? 4 : 6;
    const isLast =
      w3 === this.#last3 &&
      w2 === this.#last2 &&
      w1 === this.#last1 &&
      w0 === this.#last0 &&
      family === this.#lastFamily;
    return isLast || this.#lookUp(family, w0, w1, w2, w3);
  }

  /** Words as signed numbers. */
  #lookUp(family: number, w0: number, w1: number, w2: number, w3: number): boolean {
    if (this.#words[this.#find(family, w0, w1, w2, w3) + 4] === 0) return false;
    this.#lastFamily = family;
    this.#last0 = w0;
    this.#last1 = w1;
    this.#last2 = w2;
    this.#last3 = w3;
    return true;
  }

  /** Where the address stands, or the free place where it would. */
  #find(family: number, w0: number, w1: number, w2: number, w3: number): number {
    const words = this.#words;
    let place = (Math.imul(w3 ^ Math.imul(w2, 31) ^ w1, 0x9e37_79b1) >>> 16) & this.#mask;
    for (;;) {
      const at = place * WORDS;
      const found = words[at + 4]!;
      if (
        found === 0 ||
        (words[at + 3] === w3 &&
          words[at + 2] === w2 &&
          words[at + 1] === w1 &&
          words[at] === w0 &&
          found === family)
      ) {
        return at;
      }
      place = (place + 1) & this.#mask;
    }
  }
}
