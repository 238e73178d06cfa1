import { randomBytes } from 'node:crypto';
import type { Address } from '../tuple/address.ts';

/**
 * A map whose keys are addresses, without an object or a string for each: open addressing over columns
 * of words. A deletion moves those behind it forward, so there are no gravestones.
 *
 *     slot      0     1     2     3     ...      a power of two of them, at most half in use
 *     family    4     0     6     4              0: empty
 *     words    wwww  ----  wwww  wwww
 *     values    v     -     v     v
 *
 * Strangers choose the keys, so the hash is seeded.
 */
export class AddressMap<T> {
  #mask = 15;
  #family = new Uint8Array(16);
  #words = new Uint32Array(64);
  #values: (T | undefined)[] = new Array<T | undefined>(16).fill(undefined);
  #size = 0;
  readonly #seed = randomBytes(4).readInt32LE();

  get size(): number {
    return this.#size;
  }

  get(address: Address): T | undefined {
    return this.#values[this.#find(address)];
  }

  set(address: Address, value: T): void {
    if (this.#size * 2 > this.#mask) this.#grow();
    const slot = this.#find(address);
    if (this.#family[slot] === 0) {
      const { family, words } = address;
      this.#family[slot] = family;
      for (let word = 0; word < 4; word++) this.#words[slot * 4 + word] = words[word]!;
      this.#size++;
    }
    this.#values[slot] = value;
  }

  delete(address: Address): boolean {
    let hole = this.#find(address);
    if (this.#family[hole] === 0) return false;
    this.#size--;
    for (let slot = (hole + 1) & this.#mask; this.#family[slot] !== 0;) {
      const home = this.#homeOfSlot(slot);
      // What lies between its home and the hole would not be found any more: it moves into the hole.
      if (((slot - home) & this.#mask) >= ((slot - hole) & this.#mask)) {
        this.#place(hole, { family: this.#family, words: this.#words, values: this.#values }, slot);
        hole = slot;
      }
      slot = (slot + 1) & this.#mask;
    }
    this.#family[hole] = 0;
    this.#values[hole] = undefined;
    return true;
  }

  *values(): Generator<T> {
    for (const [slot, family] of this.#family.entries()) {
      if (family !== 0) yield this.#values[slot]!;
    }
  }

  #find({ family, words }: Address): number {
    return this.#slotOf(family, words[0], words[1], words[2], words[3]);
  }

  /** The slot of an address, or the empty one where it belongs. */
  #slotOf(family: number, w0: number, w1: number, w2: number, w3: number): number {
    const words = this.#words;
    let slot = this.#homeOf(family, w0, w1, w2, w3);
    for (let found = this.#family[slot]!; found !== 0; found = this.#family[slot]!) {
      const at = slot * 4;
      // The last word differs most often.
      const isLast = words[at + 3] === w3 && found === family;
      if (isLast && words[at + 2] === w2 && words[at + 1] === w1 && words[at] === w0) break;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #homeOf(family: number, w0: number, w1: number, w2: number, w3: number): number {
    const hash = mix(mix(mix(mix(this.#seed ^ family ^ w0) ^ w1) ^ w2) ^ w3);
    return (hash ^ (hash >>> 16)) & this.#mask;
  }

  #homeOfSlot(slot: number): number {
    const at = slot * 4;
    const words = this.#words;
    const family = this.#family[slot]!;
    return this.#homeOf(family, words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!);
  }

  #place(slot: number, from: Columns<T>, old: number): void {
    this.#family[slot] = from.family[old]!;
    for (let word = 0; word < 4; word++) this.#words[slot * 4 + word] = from.words[old * 4 + word]!;
    this.#values[slot] = from.values[old];
  }

  #grow(): void {
    const from = { family: this.#family, words: this.#words, values: this.#values };
    const { family, words } = from;
    const capacity = family.length * 2;
    this.#mask = capacity - 1;
    this.#family = new Uint8Array(capacity);
    this.#words = new Uint32Array(capacity * 4);
    this.#values = new Array<T | undefined>(capacity).fill(undefined);
    for (let old = 0, at = 0; old < family.length; old++, at += 4) {
      if (family[old] === 0) continue;
      const slot = this.#slotOf(
        family[old]!,
        words[at]!,
        words[at + 1]!,
        words[at + 2]!,
        words[at + 3]!,
      );
      this.#place(slot, from, old);
    }
  }
}

// The multiplier and the shift are those of MurmurHash3's finalizer.
function mix(hash: number): number {
  const product = Math.imul(hash, 0x85eb_ca6b);
  return product ^ (product >>> 13);
}

interface Columns<T> {
  readonly family: Uint8Array;
  readonly words: Uint32Array;
  readonly values: readonly (T | undefined)[];
}
