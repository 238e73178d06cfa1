/** Sources that are counted at one time; those who have been quiet for longest make room. */
const SOURCES = 1 << 13;
const WAYS = 4;

/**
 * Counts, for each source, how many different things it did within a window: a fixed table, and work
 * that is bounded by the limit.
 *
 *     bucket of a source: four ways, each   key0 key1 | latest | told until | item time, item time, ...
 *
 * The items of a way are the last `limit` different ones, so the window slides exactly.
 */
export class ScanCounts {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #keys: Int32Array;
  readonly #latestMs: Float64Array;
  readonly #toldMs: Float64Array;
  readonly #items: Int32Array;
  readonly #itemsMs: Float64Array;

  constructor(
    limit: number,
    windowMs: number,
    allocate: (bytes: number) => ArrayBuffer = (bytes) => new ArrayBuffer(bytes),
  ) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#keys = new Int32Array(allocate(SOURCES * 2 * 4));
    this.#latestMs = new Float64Array(allocate(SOURCES * 8)).fill(-Infinity);
    this.#toldMs = new Float64Array(allocate(SOURCES * 8)).fill(-Infinity);
    this.#items = new Int32Array(allocate(SOURCES * limit * 4));
    this.#itemsMs = new Float64Array(allocate(SOURCES * limit * 8)).fill(-Infinity);
  }

  /** True if this makes the source's different items reach the limit; not again before a window has passed. */
  add(key0: number, key1: number, item: number, nowMs: number): boolean {
    const way = this.#wayOf(key0, key1);
    this.#latestMs[way] = Math.max(this.#latestMs[way]!, nowMs);
    this.#note(way * this.#limit, item, nowMs);
    const isTold = nowMs - this.#toldMs[way]! < this.#windowMs;
    if (isTold || !this.#isFull(way * this.#limit, nowMs)) return false;
    this.#toldMs[way] = nowMs;
    return true;
  }

  /** The source's way, taken from whoever has been quiet for longest if it has none. */
  #wayOf(key0: number, key1: number): number {
    const first = (key0 & (SOURCES / WAYS - 1)) * WAYS;
    let oldest = first;
    for (let way = first; way < first + WAYS; way++) {
      if (this.#keys[2 * way] === key0 && this.#keys[2 * way + 1] === key1) return way;
      if (this.#latestMs[way]! < this.#latestMs[oldest]!) oldest = way;
    }
    this.#keys[2 * oldest] = key0;
    this.#keys[2 * oldest + 1] = key1;
    this.#latestMs[oldest] = this.#toldMs[oldest] = -Infinity;
    const from = oldest * this.#limit;
    this.#itemsMs.fill(-Infinity, from, from + this.#limit);
    return oldest;
  }

  #note(from: number, item: number, nowMs: number): void {
    let oldest = from;
    for (let at = from; at < from + this.#limit; at++) {
      const isKnown = this.#items[at] === item && this.#itemsMs[at] !== -Infinity;
      if (isKnown) {
        this.#itemsMs[at] = nowMs;
        return;
      }
      if (this.#itemsMs[at]! < this.#itemsMs[oldest]!) oldest = at;
    }
    this.#items[oldest] = item;
    this.#itemsMs[oldest] = nowMs;
  }

  #isFull(from: number, nowMs: number): boolean {
    const sinceMs = nowMs - this.#windowMs;
    for (let at = from; at < from + this.#limit; at++) {
      if (!(this.#itemsMs[at]! > sinceMs)) return false;
    }
    return true;
  }
}
