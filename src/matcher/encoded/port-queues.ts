/**
 * What each source has sent to a span lately, in memory of a fixed size: buckets of four queues, and for
 * each queue its cells, of which 0 is an empty one.
 *
 *   head    key0   key1   first offset : 16, alone : 1, filled + 1 : 15 (0: free)   tick of the last packet
 *   cells   so many numbers of 16 bits, touched from the source's second packet on
 *
 * What a source sends first lies in its head: of a flood of spoofed packets nearly all are the only one of
 * theirs, and take one cache line, not all that a message would need (bench/cases/encoded).
 */
export class PortQueues {
  readonly cells: Uint16Array;
  /** After a `take`: the source's first offset, which no cell has seen yet; else `NOTHING`. */
  pending: number = NOTHING;
  readonly #heads: Int32Array;
  readonly #bucketMask: number;
  readonly #cellsEach: number;
  readonly #idleTicks: number;
  readonly #onGone: (filled: number) => void;
  #swept = 0;

  /** `onGone` is told how far a queue had come that ran out of time or had to make room. */
  constructor(
    capacity: number,
    cellsEach: number,
    idleTicks: number,
    onGone: (filled: number) => void,
  ) {
    this.#heads = new Int32Array(capacity * HEAD_WORDS);
    this.cells = new Uint16Array(capacity * cellsEach);
    this.#bucketMask = capacity / WAYS - 1;
    this.#cellsEach = cellsEach;
    this.#idleTicks = idleTicks;
    this.#onGone = onGone;
  }

  /** The queue of this source, for its next offset; `NOTHING` if it is the first one, which is noted then. */
  take(key0: number, key1: number, tick: number, offset: number): Queue | typeof NOTHING {
    this.#sweep(tick);
    const heads = this.#heads;
    const first = (key0 & this.#bucketMask) * WAYS;
    let way = first;
    let wayRank = Number.POSITIVE_INFINITY;
    for (let slot = first; slot < first + WAYS; slot++) {
      const at = slot * HEAD_WORDS;
      const state = heads[at + 2]!;
      if (state !== 0 && heads[at] === key0 && heads[at + 1] === key1) {
        if (this.#isIdle(slot, tick)) return this.#begin(slot, key0, key1, tick, offset);
        heads[at + 3] = tick;
        return this.#goOn(slot);
      }
      const rank = state === 0 || this.#isIdle(slot, tick) ? -1 : this.#rank(slot, tick);
      if (rank < wayRank) [way, wayRank] = [slot, rank];
    }
    return this.#begin(way, key0, key1, tick, offset);
  }

  /** The first cell of a queue. */
  start(queue: Queue): number {
    return queue * this.#cellsEach;
  }

  filled(queue: Queue): number {
    return (this.#heads[queue * HEAD_WORDS + 2]! & STATE) - 1;
  }

  /** One more cell, or place, of it holds something. */
  grow(queue: Queue): void {
    this.#heads[queue * HEAD_WORDS + 2]!++;
  }

  /** The queue has served. */
  free(queue: Queue): void {
    this.#heads[queue * HEAD_WORDS + 2] = 0;
  }

  /** Lets go of all queues whose time is over. */
  sweepAll(tick: number): void {
    for (let slot = 0; slot <= this.#bucketMask * WAYS + WAYS - 1; slot++)
      this.#dropIdle(slot, tick);
  }

  #begin(slot: Queue, key0: number, key1: number, tick: number, offset: number): typeof NOTHING {
    const at = slot * HEAD_WORDS;
    if (this.#heads[at + 2] !== 0) this.#onGone(this.filled(slot));
    this.#heads[at] = key0;
    this.#heads[at + 1] = key1;
    this.#heads[at + 2] = (offset << OFFSET_SHIFT) | ALONE | (1 + 1);
    this.#heads[at + 3] = tick;
    return NOTHING;
  }

  /** From the second packet on there are cells; the first offset is to go into them as any other. */
  #goOn(slot: Queue): Queue {
    const at = slot * HEAD_WORDS + 2;
    const state = this.#heads[at]!;
    this.pending = NOTHING;
    if ((state & ALONE) !== 0) {
      this.pending = state >>> OFFSET_SHIFT;
      this.#heads[at] = 1;
      const start = this.start(slot);
      this.cells.fill(0, start, start + this.#cellsEach);
    }
    return slot;
  }

  /** Whoever has come least far makes room first, then whoever was silent longest. */
  #rank(slot: Queue, tick: number): number {
    const age = (tick - this.#heads[slot * HEAD_WORDS + 3]!) >>> 0;
    return this.filled(slot) * 2 ** 32 + (2 ** 32 - 1 - age);
  }

  #isIdle(slot: Queue, tick: number): boolean {
    return (tick - this.#heads[slot * HEAD_WORDS + 3]!) >>> 0 >= this.#idleTicks;
  }

  /** One bucket a packet: what nobody comes upon again is told of all the same. */
  #sweep(tick: number): void {
    const first = (this.#swept++ & this.#bucketMask) * WAYS;
    for (let slot = first; slot < first + WAYS; slot++) this.#dropIdle(slot, tick);
  }

  #dropIdle(slot: Queue, tick: number): void {
    if (this.#heads[slot * HEAD_WORDS + 2] === 0 || !this.#isIdle(slot, tick)) return;
    this.#onGone(this.filled(slot));
    this.free(slot);
  }
}

/** One source's queue. */
export type Queue = number;

/** No queue, or no offset. */
export const NOTHING = -1;

const WAYS = 4;
const HEAD_WORDS = 4;
const STATE = 0x7fff;
const ALONE = 0x8000;
const OFFSET_SHIFT = 16;
