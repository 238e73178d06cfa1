/**
 * Where attempts live: buckets of four ways, one cache line each, touched only as they are used.
 *
 *            word 0   word 1   word 2                              word 3
 *   hot      key0     key1     door + 1 : 24, told : 1, stage : 7  tick of the start
 *   exact    deadline: whole seconds of the era, nanoseconds
 *   address  four words and the family, written for attempts that a line told of
 *
 * Word 2 is 0 for a free way; stage 0 is a hold (the source hit a tripwire), whose deadline is its end.
 */
export class AttemptTable {
  readonly #hot: Uint32Array;
  readonly #exact: Uint32Array;
  readonly #address: Uint32Array;
  readonly #bucketMask: number;
  #used = 0;
  #touched = 0; // keeps the compiler from leaving `touch` out

  /** `capacity` is a power of two, at least 4. `allocate` gives zeroed memory that costs nothing untouched. */
  constructor(capacity: number, allocate: Allocate = (bytes) => new ArrayBuffer(bytes)) {
    this.#hot = new Uint32Array(allocate(capacity * 16));
    this.#exact = new Uint32Array(allocate(capacity * 8));
    this.#address = new Uint32Array(allocate(capacity * 4 * ADDRESS_WORDS));
    this.#bucketMask = capacity / WAYS - 1;
  }

  /** Ways in use, those whose time is over but which nobody has come upon included. */
  get used(): number {
    return this.#used;
  }

  get capacity(): number {
    return this.#exact.length / 2;
  }

  /** The first way of a source's bucket in a lane. Neighbouring lanes are neighbouring cache lines. */
  bucket(key0: number, lane: number): Slot {
    return ((key0 ^ lane) & this.#bucketMask) * WAYS;
  }

  /** Reads from the first bucket of a source, so that it is in the cache when it is asked for. */
  touch(key0: number): void {
    this.#touched ^= this.#hot[this.bucket(key0, 0) * 4 + 3]!;
  }

  /** Ticks since the start, modulo 2^32. */
  age(slot: Slot, tick: number): number {
    return (tick - this.#hot[slot * 4 + 3]!) >>> 0;
  }

  belongsTo(slot: Slot, key0: number, key1: number): boolean {
    const at = slot * 4;
    return this.#hot[at] === key0 && this.#hot[at + 1] === key1 && this.#hot[at + 2] !== 0;
  }

  isFree(slot: Slot): boolean {
    return this.#hot[slot * 4 + 2] === 0;
  }

  doorIndex(slot: Slot): number {
    return (this.#hot[slot * 4 + 2]! >>> DOOR_SHIFT) - 1;
  }

  stage(slot: Slot): number {
    return this.#hot[slot * 4 + 2]! & STAGE_MASK;
  }

  isTold(slot: Slot): boolean {
    return (this.#hot[slot * 4 + 2]! & TOLD) !== 0;
  }

  key0(slot: Slot): number {
    return this.#hot[slot * 4]!;
  }

  key1(slot: Slot): number {
    return this.#hot[slot * 4 + 1]!;
  }

  startTick(slot: Slot): number {
    return this.#hot[slot * 4 + 3]!;
  }

  deadlineSeconds(slot: Slot): number {
    return this.#exact[slot * 2]!;
  }

  deadlineNanoseconds(slot: Slot): number {
    return this.#exact[slot * 2 + 1]!;
  }

  addressWord(slot: Slot, word: number): number {
    return this.#address[slot * ADDRESS_WORDS + word]!;
  }

  set(
    slot: Slot,
    key0: number,
    key1: number,
    doorIndex: number,
    stage: number,
    tick: number,
  ): void {
    const at = slot * 4;
    if (this.#hot[at + 2] === 0) this.#used++;
    this.#hot[at] = key0;
    this.#hot[at + 1] = key1;
    this.#hot[at + 2] = ((doorIndex + 1) << DOOR_SHIFT) | stage;
    this.#hot[at + 3] = tick;
  }

  setDeadline(slot: Slot, seconds: number, nanoseconds: number): void {
    this.#exact[slot * 2] = seconds;
    this.#exact[slot * 2 + 1] = nanoseconds;
  }

  setStage(slot: Slot, stage: number): void {
    const at = slot * 4 + 2;
    this.#hot[at] = (this.#hot[at]! & ~STAGE_MASK) | stage;
  }

  tell(slot: Slot, w0: number, w1: number, w2: number, w3: number, family: number): void {
    this.#hot[slot * 4 + 2]! |= TOLD;
    const at = slot * ADDRESS_WORDS;
    this.#address[at] = w0;
    this.#address[at + 1] = w1;
    this.#address[at + 2] = w2;
    this.#address[at + 3] = w3;
    this.#address[at + 4] = family;
  }

  free(slot: Slot): void {
    if (this.#hot[slot * 4 + 2] !== 0) this.#used--;
    this.#hot[slot * 4 + 2] = 0;
  }

  /**
   * The way that a newcomer takes in a bucket: a free one, one whose time is over, else by the order
   * holds, lowest stage, oldest. So those further along stay, and still the newest always gets a way:
   * near-complete attempts under false names can't fill a bucket against newcomers. A hold (`isHold`)
   * takes nothing from an attempt; -1 if only attempts are there.
   */
  wayFor(bucket: Slot, tick: number, isHold: boolean, limits: TickLimits): Slot {
    const hot = this.#hot;
    let way = NO_SLOT;
    let wayStage = STAGE_MASK + 1;
    let wayAge = -1;
    for (let slot = bucket; slot < bucket + WAYS; slot++) {
      const state = hot[slot * 4 + 2]!;
      if (state === 0) return slot;
      const stage = state & STAGE_MASK;
      const age = (tick - hot[slot * 4 + 3]!) >>> 0;
      const limit = (stage === 0 ? limits.hold : limits.window)[(state >>> DOOR_SHIFT) - 1]!;
      if (age >= limit) return slot;
      if (isHold && stage > 0) continue;
      if (stage < wayStage || (stage === wayStage && age > wayAge)) {
        way = slot;
        wayStage = stage;
        wayAge = age;
      }
    }
    return way;
  }
}

/** A way of the table. */
export type Slot = number;

export const NO_SLOT: Slot = -1;
export const WAYS = 4;

/** By door index: age in ticks from which on an attempt, or a hold, is surely over. */
export interface TickLimits {
  readonly window: Uint32Array;
  readonly hold: Uint32Array;
}

export type Allocate = (bytes: number) => ArrayBuffer;

const ADDRESS_WORDS = 5;
const DOOR_SHIFT = 8;
const STAGE_MASK = 0x7f;
const TOLD = 0x80;
