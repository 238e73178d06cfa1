/**
 * Things by the time they are due, soonest first: a binary heap in two arrays side by side.
 *
 *            0            the children of i are 2i + 1 and 2i + 2,
 *         1     2         and neither is due before i
 *        3 4   5 6
 */
export class DeadlineHeap<T> {
  readonly #times: number[] = [];
  readonly #things: T[] = [];

  get size(): number {
    return this.#times.length;
  }

  /** When the first is due; undefined if there is none. */
  peekMs(): number | undefined {
    return this.#times[0];
  }

  peek(): T | undefined {
    return this.#things[0];
  }

  push(dueMs: number, thing: T): void {
    this.#rise(this.#times.length, dueMs, thing);
  }

  /** Takes the first away. */
  pop(): void {
    const dueMs = this.#times.pop();
    const thing = this.#things.pop();
    if (dueMs !== undefined && this.#times.length > 0) this.#sink(dueMs, thing as T);
  }

  /** Gives the first a later time. */
  postpone(dueMs: number): void {
    this.#sink(dueMs, this.#things[0]!);
  }

  /** All things are due so much earlier: their order stays. */
  advance(byMs: number): void {
    for (const [at, dueMs] of this.#times.entries()) this.#times[at] = dueMs - byMs;
  }

  #rise(from: number, dueMs: number, thing: T): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent]! <= dueMs) break;
      this.#place(at, this.#times[parent]!, this.#things[parent]!);
      at = parent;
    }
    this.#place(at, dueMs, thing);
  }

  #sink(dueMs: number, thing: T): void {
    const size = this.#times.length;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#times[child + 1]! < this.#times[child]!) child++;
      if (this.#times[child]! >= dueMs) break;
      this.#place(at, this.#times[child]!, this.#things[child]!);
      at = child;
    }
    this.#place(at, dueMs, thing);
  }

  #place(at: number, dueMs: number, thing: T): void {
    this.#times[at] = dueMs;
    this.#things[at] = thing;
  }
}
