import type { Address } from '../tuple/address.ts';
import { lastingMemory, type TableMemory } from './table-memory.ts';

/**
 * Where attempts live: buckets of four ways, one cache line each, touched only as they are used.
 *
 *            word 0   word 1   word 2                              word 3
 *   hot      key0     key1     door + 1 : 24, told : 1, stage : 7  tick of the start
 *   exact    deadline: whole seconds of the era, nanoseconds
 *   told     four words of the address, the family, of which packet, and both neighbours in a list of
 *            `TimeoutQueue`, each as slot + 1: for attempts that a line told of
 *
 * Word 2 is 0 for a free way; stage 0 is a hold (the source hit a tripwire), whose deadline is its end.
 * Keys and ticks are signed here and in `Knock`: what fits 32 signed bits, V8 keeps unboxed in fields.
 */
export class AttemptTable {
  readonly #hot: Int32Array;
  readonly #exact: Uint32Array;
  readonly #told: Uint32Array;
  readonly #bucketMask: number;
  readonly #memory: TableMemory;
  /** What each attempt takes: `hot`, and `exact` behind it. */
  readonly #bytes: Uint8Array;
  #used = 0;
  #isSettled = false;

  /** `capacity` is a power of two, at least 4. */
  constructor(capacity: number, memory: TableMemory = lastingMemory) {
    this.#memory = memory;
    this.#bytes = memory.allocate(capacity * 4 * (HOT_WORDS + EXACT_WORDS));
    const { buffer, byteOffset } = this.#bytes;
    const hot = (this.#hot = new Int32Array(buffer, byteOffset, capacity * HOT_WORDS));
    this.#exact = new Uint32Array(buffer, byteOffset + hot.byteLength, capacity * EXACT_WORDS);
    const told = memory.allocate(capacity * 4 * TOLD_WORDS);
    this.#told = new Uint32Array(told.buffer, told.byteOffset, capacity * TOLD_WORDS);
    this.#bucketMask = capacity / WAYS - 1;
  }

  /** Ways in use, those whose time is over but which nobody has come upon included. */
  get used(): number {
    return this.#used;
  }

  get capacity(): number {
    return this.#exact.length / 2;
  }

  /** From an eighth on nearly each page of the memory is in use, for as long as the table is. */
  settle(): void {
    if (this.#isSettled || this.#used < this.capacity / 8) return;
    this.#isSettled = true;
    this.#memory.settle(this.#bytes);
  }

  /** The first way of a source's bucket in a lane. Neighbouring lanes are neighbouring cache lines. */
  bucket(key0: number, lane: number): Slot {
    return ((key0 ^ lane) & this.#bucketMask) << WAY_BITS;
  }

  /**
   * Reads of the buckets of some sources in a lane what brings their lines into the cache. The loop is as
   * short as can be, so that the processor has many of its loads under way at once; one longer, or with a
   * store in it that waits for them, takes five times as long. The answer means nothing, but keeps the
   * compiler from leaving the loads out.
   */
  touch(keys: Int32Array, count: number, lane: number): number {
    const hot = this.#hot;
    const exact = this.#exact;
    const mask = this.#bucketMask;
    let touched = 0;
    for (let at = 0; at < count; at++) {
      const first = ((keys[at]! ^ lane) & mask) << (WAY_BITS + HOT_BITS);
      touched ^= hot[first]! ^ exact[first >> 1]!;
    }
    return touched;
  }

  /** Appends to `into` the ways of a bucket that hold something of this source; the new count. */
  scan(bucket: Slot, key0: number, key1: number, into: Int32Array, count: number): number {
    const hot = this.#hot;
    const at = bucket << HOT_BITS;
    // The end for nearly all, so the way here is short (bench matcher).
    if (hot[at] !== key0 && hot[at | 4] !== key0 && hot[at | 8] !== key0 && hot[at | 12] !== key0)
      return count;
    let found = count;
    for (let slot = bucket; slot < bucket + BUCKET_WAYS; slot++) {
      if (this.belongsTo(slot, key0, key1)) into[found++] = slot;
    }
    return found;
  }

  belongsTo(slot: Slot, key0: number, key1: number): boolean {
    const at = slot << HOT_BITS;
    return this.#hot[at] === key0 && this.#hot[at | KEY1] === key1 && this.#hot[at | STATE] !== 0;
  }

  isFree(slot: Slot): boolean {
    return this.#hot[(slot << HOT_BITS) | STATE] === 0;
  }

  doorIndex(slot: Slot): number {
    return (this.#hot[(slot << HOT_BITS) | STATE]! >>> DOOR_SHIFT) - 1;
  }

  stage(slot: Slot): number {
    return this.#hot[(slot << HOT_BITS) | STATE]! & STAGE_MASK;
  }

  /** Whether a line told of it. */
  isTold(slot: Slot): boolean {
    return (this.#hot[(slot << HOT_BITS) | STATE]! & TOLD) !== 0;
  }

  key0(slot: Slot): number {
    return this.#hot[slot << HOT_BITS]!;
  }

  key1(slot: Slot): number {
    return this.#hot[(slot << HOT_BITS) | KEY1]!;
  }

  startTick(slot: Slot): number {
    return this.#hot[(slot << HOT_BITS) | START]!;
  }

  deadlineSeconds(slot: Slot): number {
    return this.#exact[slot << 1]!;
  }

  deadlineNanoseconds(slot: Slot): number {
    return this.#exact[(slot << 1) | 1]!;
  }

  /** Whose it is, of an attempt that a line told of. */
  source(slot: Slot): Address {
    const at = slot << TOLD_BITS;
    const [w0, w1, w2, w3, family] = this.#told.subarray(at, at + 5);
    return { family: family === 6 ? 6 : 4, words: [w0!, w1!, w2!, w3!] };
  }

  /** Fills a way, with a hold where `stage` is 0. */
  put(
    slot: Slot,
    key0: number,
    key1: number,
    doorIndex: number,
    stage: number,
    startTick: number,
    deadlineSeconds: number,
    deadlineNanoseconds: number,
  ): void {
    const hot = this.#hot;
    const at = slot << HOT_BITS;
    if (hot[at | STATE] === 0) this.#used++;
    hot[at] = key0;
    hot[at | KEY1] = key1;
    hot[at | STATE] = ((doorIndex + 1) << DOOR_SHIFT) | stage;
    hot[at | START] = startTick;
    this.#exact[slot << 1] = deadlineSeconds;
    this.#exact[(slot << 1) | 1] = deadlineNanoseconds;
  }

  setStage(slot: Slot, stage: number): void {
    const at = (slot << HOT_BITS) | STATE;
    this.#hot[at] = (this.#hot[at]! & ~STAGE_MASK) | stage;
  }

  /** The packet whose line told of it first. */
  since(slot: Slot): number {
    return this.#told[(slot << TOLD_BITS) | SINCE]!;
  }

  next(slot: Slot): number {
    return this.#told[(slot << TOLD_BITS) | NEXT]!;
  }

  previous(slot: Slot): number {
    return this.#told[(slot << TOLD_BITS) | PREVIOUS]!;
  }

  setNext(slot: Slot, next: number): void {
    this.#told[(slot << TOLD_BITS) | NEXT] = next;
  }

  setPrevious(slot: Slot, previous: number): void {
    this.#told[(slot << TOLD_BITS) | PREVIOUS] = previous;
  }

  tell(
    slot: Slot,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    family: number,
    since: number,
  ): void {
    this.#hot[(slot << HOT_BITS) | STATE]! |= TOLD;
    const told = this.#told;
    const at = slot << TOLD_BITS;
    told[at] = w0;
    told[at | 1] = w1;
    told[at | 2] = w2;
    told[at | 3] = w3;
    told[at | FAMILY] = family;
    told[at | SINCE] = since;
  }

  /** Has a way hold what one of another table holds, but at this door. */
  copy(slot: Slot, from: AttemptTable, other: Slot, doorIndex: number): void {
    this.put(
      slot,
      from.key0(other),
      from.key1(other),
      doorIndex,
      from.stage(other),
      from.startTick(other),
      from.deadlineSeconds(other),
      from.deadlineNanoseconds(other),
    );
    if (!from.isTold(other)) return;
    const { family, words } = from.source(other);
    this.tell(slot, ...words, family, from.since(other));
  }

  free(slot: Slot): void {
    if (this.#hot[(slot << HOT_BITS) | STATE] !== 0) this.#used--;
    this.#hot[(slot << HOT_BITS) | STATE] = 0;
  }

  /** Whether the time of what a way holds is surely over: by ticks, so perhaps a moment late. */
  isOver(slot: Slot, tick: number, limits: TickLimits): boolean {
    const at = slot << HOT_BITS;
    const state = this.#hot[at | STATE]!;
    const ofKind = (state & STAGE_MASK) === 0 ? limits.hold : limits.window;
    return (tick - this.#hot[at | START]!) >>> 0 >= ofKind[(state >>> DOOR_SHIFT) - 1]!;
  }

  /**
   * The way that a newcomer takes in a bucket: a free one, one whose time is over, else by the order
   * holds, lowest stage, oldest. So those further along stay, and still the newest always gets a way:
   * near-complete attempts under false names can't fill a bucket against newcomers. A hold (`isHold`)
   * takes nothing from an attempt; negative if only attempts are there.
   */
  wayFor(bucket: Slot, tick: number, isHold: boolean, limits: TickLimits): Slot {
    const way = isHold ? -1 : this.#wayAmongYoung(bucket, tick, limits.young);
    return way < 0 ? this.#wayAmongAll(bucket, tick, isHold, limits) : way;
  }

  /**
   * The same while no way is held by more than an attempt that can't be over, as in a flood: without a
   * branch that nobody can foretell (bench matcher); negative if one is. The least of the ranks goes:
   *
   *   stage : 7, youth : 21, way : 2
   */
  #wayAmongYoung(bucket: Slot, tick: number, young: number): Slot {
    const hot = this.#hot;
    const first = bucket << HOT_BITS;
    let least = 0x7fff_ffff;
    for (let nth = 0; nth < BUCKET_WAYS; nth++) {
      const at = first | (nth << HOT_BITS);
      const state = hot[at | STATE]!;
      const stage = state & STAGE_MASK;
      const age = (tick - hot[at | START]!) >>> 0;
      if (stage === 0 || age >= young) return state === 0 ? bucket | nth : -1;
      const rank = (stage << 23) | ((LONGEST_YOUTH - age) << WAY_BITS) | nth;
      const apart = rank - least;
      least += apart & (apart >> 31);
    }
    return bucket | (least & (BUCKET_WAYS - 1));
  }

  #wayAmongAll(bucket: Slot, tick: number, isHold: boolean, limits: TickLimits): Slot {
    const hot = this.#hot;
    const { window, hold } = limits;
    let way = -1;
    let wayStage = STAGE_MASK + 1;
    let wayAge = 0;
    for (let nth = 0; nth < BUCKET_WAYS; nth++) {
      const at = (bucket | nth) << HOT_BITS;
      const state = hot[at | STATE]!;
      if (state === 0) return bucket | nth;
      const stage = state & STAGE_MASK;
      const age = (tick - hot[at | START]!) >>> 0;
      const doorIndex = (state >>> DOOR_SHIFT) - 1;
      if (age >= (stage === 0 ? hold[doorIndex]! : window[doorIndex]!)) return bucket | nth;
      if (isHold && stage > 0) continue;
      if (stage < wayStage || (stage === wayStage && age > wayAge)) {
        way = bucket | nth;
        wayStage = stage;
        wayAge = age;
      }
    }
    return way;
  }
}

/** A way of the table; a negative number is none. */
export type Slot = number;

/** By door index: the age in ticks from which on an attempt, or a hold, is surely over. */
export interface TickLimits {
  readonly window: Uint32Array;
  readonly hold: Uint32Array;
  /** An attempt of a lower age is surely not over. */
  readonly young: number;
}

export function tickLimits(window: Uint32Array, hold: Uint32Array): TickLimits {
  return { window, hold, young: window.reduce((a, b) => Math.min(a, b), LONGEST_YOUTH) };
}

// V8 knows the value of a constant that is not exported; one that is, or is imported, it reads each time.
const WAY_BITS = 2;
const BUCKET_WAYS = 1 << WAY_BITS;
export const WAYS: number = BUCKET_WAYS;
const HOT_BITS = 2;
const HOT_WORDS = 1 << HOT_BITS;
const KEY1 = 1;
const STATE = 2;
const START = 3;
const EXACT_WORDS = 2;
const TOLD_BITS = 3;
const TOLD_WORDS = 1 << TOLD_BITS;
const FAMILY = 4;
const SINCE = 5;
const NEXT = 6;
const PREVIOUS = 7;
const DOOR_SHIFT = 8;
/** Half an hour in ticks. */
const LONGEST_YOUTH = 0x1f_ffff;
const STAGE_MASK = 0x7f;
const TOLD = 0x80;
