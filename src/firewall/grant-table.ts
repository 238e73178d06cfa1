import { randomBytes } from 'node:crypto';
import type { Address } from '../tuple/address.ts';

/** No slot at all. */
export const NO_SLOT = -1;

/** Tables up to this size are made whole at once: memory that is not used is not touched. */
const MAX_WHOLE = 1 << 21;

/**
 * Grants in columns, a slot each, found by the number of their door's page and their source. A million
 * of them are no object that a garbage collector would have to look at.
 *
 *     index    slot+1, open addressing: a power of two of places, at most half of them in use
 *     slot     0     1     2     3   ...
 *     page     0     0     4     0
 *     words   wwww  wwww  wwww  wwww
 *     ...
 *
 * A removal from the index moves those behind it forward, so there are no gravestones. Strangers choose
 * the sources, so the hash is seeded.
 */
export class GrantTable {
  page: Uint32Array;
  family: Uint8Array;
  /** Four for each slot. */
  words: Uint32Array;
  id: Float64Array;
  untilMs: Float64Array;
  /** Who gave it, by giver.ts. */
  giver: Uint32Array;
  /** As far as is known, when its source will have been silent for too long, where that counts. */
  aliveMs: Float64Array;
  #hash: Uint32Array;
  #isListed: Uint8Array;
  #index: Uint32Array;
  #indexed = 0;
  /** Slots that were given back, and the first that was never given out. */
  readonly #free: number[] = [];
  #fresh = 0;
  readonly #seed = randomBytes(4).readInt32LE();

  /** `expected`: how many grants there may be at one time. */
  constructor(expected: number) {
    const capacity = powerOfTwo(expected <= MAX_WHOLE ? expected : 1024);
    this.page = new Uint32Array(capacity);
    this.family = new Uint8Array(capacity);
    this.words = new Uint32Array(capacity * 4);
    this.id = new Float64Array(capacity);
    this.untilMs = new Float64Array(capacity);
    this.giver = new Uint32Array(capacity);
    this.aliveMs = new Float64Array(capacity);
    this.#hash = new Uint32Array(capacity);
    this.#isListed = new Uint8Array(capacity);
    this.#index = new Uint32Array(capacity * 2);
  }

  /** The slot that the index names for a source; NO_SLOT if none. */
  find(page: number, { family, words }: Address): number {
    const hash = this.#hashOf(page, family, words);
    const mask = this.#index.length - 1;
    for (let at = hash & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const slot = this.#index[at]! - 1;
      if (this.#hash[slot] === hash && this.#isAt(slot, page, family, words)) return slot;
    }
    return NO_SLOT;
  }

  /** A slot with these columns, in the index in place of any other of the same source. */
  add(page: number, source: Address, id: number, untilMs: number): number {
    const before = this.find(page, source);
    if (before !== NO_SLOT) this.unlist(before);
    if (this.#fresh === this.page.length && this.#free.length === 0) this.#growColumns();
    const slot = this.#free.pop() ?? this.#fresh++;
    const { family, words } = source;
    this.page[slot] = page;
    this.family[slot] = family;
    for (let word = 0; word < 4; word++) this.words[slot * 4 + word] = words[word]!;
    this.id[slot] = id;
    this.untilMs[slot] = untilMs;
    this.aliveMs[slot] = untilMs;
    this.#hash[slot] = this.#hashOf(page, family, words);
    this.#list(slot);
    return slot;
  }

  /** Takes a slot out of the index, if it is there; its columns stay. */
  unlist(slot: number): void {
    if (this.#isListed[slot] === 0) return;
    const mask = this.#index.length - 1;
    let hole = this.#hash[slot]! & mask;
    while (this.#index[hole] !== slot + 1) hole = (hole + 1) & mask;
    this.#isListed[slot] = 0;
    this.#indexed--;
    for (let at = (hole + 1) & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const home = this.#hash[this.#index[at]! - 1]! & mask;
      // What lies between its home and the hole would not be found any more: it moves into the hole.
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        this.#index[hole] = this.#index[at]!;
        hole = at;
      }
    }
    this.#index[hole] = 0;
  }

  /** Gives a slot back. */
  release(slot: number): void {
    this.unlist(slot);
    this.#free.push(slot);
  }

  source(slot: number): Address {
    const { words } = this;
    const at = slot * 4;
    return {
      family: this.family[slot] === 4 ? 4 : 6,
      words: [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!],
    };
  }

  /** Whether the index names a slot. */
  has(slot: number): boolean {
    return this.#isListed[slot] === 1;
  }

  /** All slots in the index. */
  *slots(): Generator<number> {
    for (let slot = 0; slot < this.#fresh; slot++) if (this.#isListed[slot] === 1) yield slot;
  }

  /** All slots in the index whose grants end after a time (bench: heal). */
  slotsUntil(afterMs: number): Uint32Array {
    const slots = new Uint32Array(this.#indexed);
    let count = 0;
    for (let slot = 0; slot < this.#fresh; slot++) {
      if (this.#isListed[slot] === 1 && this.untilMs[slot]! > afterMs) slots[count++] = slot;
    }
    return slots.subarray(0, count);
  }

  #isAt(slot: number, page: number, family: number, words: Address['words']): boolean {
    const at = slot * 4;
    const own = this.words;
    return (
      own[at + 3] === words[3] &&
      this.page[slot] === page &&
      this.family[slot] === family &&
      own[at + 2] === words[2] &&
      own[at + 1] === words[1] &&
      own[at] === words[0]
    );
  }

  #hashOf(page: number, family: number, words: Address['words']): number {
    let hash = mix(this.#seed ^ (page << 3) ^ family ^ words[0]);
    hash = mix(hash ^ words[1]);
    hash = mix(hash ^ words[2]);
    hash = mix(hash ^ words[3]);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #list(slot: number): void {
    if (this.#indexed * 2 >= this.#index.length) this.#growIndex();
    const mask = this.#index.length - 1;
    let at = this.#hash[slot]! & mask;
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = slot + 1;
    this.#isListed[slot] = 1;
    this.#indexed++;
  }

  #growIndex(): void {
    const slots = [...this.slots()];
    this.#index = new Uint32Array(this.#index.length * 2);
    this.#indexed = 0;
    for (const slot of slots) this.#list(slot);
  }

  #growColumns(): void {
    const capacity = this.page.length * 2;
    this.page = copied(new Uint32Array(capacity), this.page);
    this.family = copied(new Uint8Array(capacity), this.family);
    this.words = copied(new Uint32Array(capacity * 4), this.words);
    this.id = copied(new Float64Array(capacity), this.id);
    this.untilMs = copied(new Float64Array(capacity), this.untilMs);
    this.giver = copied(new Uint32Array(capacity), this.giver);
    this.aliveMs = copied(new Float64Array(capacity), this.aliveMs);
    this.#hash = copied(new Uint32Array(capacity), this.#hash);
    this.#isListed = copied(new Uint8Array(capacity), this.#isListed);
  }
}

function copied<T extends Uint8Array | Uint32Array | Float64Array>(to: T, from: T): T {
  to.set(from);
  return to;
}

function powerOfTwo(atLeast: number): number {
  return 1 << Math.max(4, Math.ceil(Math.log2(atLeast)));
}

// The multiplier and the shift are those of MurmurHash3's finalizer.
function mix(hash: number): number {
  const product = Math.imul(hash, 0x85eb_ca6b);
  return product ^ (product >>> 13);
}
