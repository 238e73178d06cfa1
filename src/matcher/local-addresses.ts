import type { Address } from '../tuple/address.ts';

const WORDS = 5; // four of the address, then the family

/** The destinations that count for doors without a `Target`: open addressing, at most half full. */
export class LocalAddresses {
  readonly #words: Uint32Array;
  readonly #mask: number;

  constructor(addresses: Iterable<Address>) {
    const list = [...addresses];
    const capacity = 2 << Math.ceil(Math.log2(Math.max(1, list.length)));
    this.#mask = capacity - 1;
    this.#words = new Uint32Array(capacity * WORDS);
    for (const { family, words } of list) {
      const at = this.#find(family, words[0], words[1], words[2], words[3]);
      this.#words.set([...words, family], at);
    }
  }

  has(family: number, w0: number, w1: number, w2: number, w3: number): boolean {
    return this.#words[this.#find(family, w0, w1, w2, w3) + 4] !== 0;
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
