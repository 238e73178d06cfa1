import type { AttemptTable, Slot } from './attempt-table.ts';

/**
 * The attempts that a line told of, so that their end can be told too: for each window a list in order
 * of deadlines, linked through the slots. Attempts with one window end in the order they began, so an
 * attempt joins at the end of its list and the next to end is at its head. No timer, no search.
 */
export class TimeoutQueue {
  /** Before this second of the era none of them is over: what nearly all packets need to know. */
  dueSeconds: number = LAST_SECOND;
  readonly #table: AttemptTable;
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  #soonest: Slot = -1;
  #soonestWindow = 0;

  constructor(table: AttemptTable, windows: number) {
    this.#table = table;
    this.#heads = new Int32Array(windows);
    this.#tails = new Int32Array(windows);
  }

  /** The one that ends first; negative if there is none. */
  first(): Slot {
    return this.#soonest;
  }

  /** An attempt whose first lines were left out joins late, hence the walk; it is short, as lines are few then. */
  add(slot: Slot, window: number): void {
    let after = this.#tails[window]!;
    while (after !== 0 && this.#isBefore(slot, after - 1)) after = this.#table.previous(after - 1);
    const before = after === 0 ? this.#heads[window]! : this.#table.next(after - 1);
    this.#link(window, after, slot + 1);
    this.#link(window, slot + 1, before);
    // Of two that end at once the one of the first window is told first, whichever came first here.
    if (
      this.#soonest < 0 ||
      this.#isBefore(slot, this.#soonest) ||
      (window < this.#soonestWindow && !this.#isBefore(this.#soonest, slot))
    ) {
      this.#setSoonest(slot, window);
    }
  }

  remove(slot: Slot, window: number): void {
    this.#link(window, this.#table.previous(slot), this.#table.next(slot));
    if (slot === this.#soonest) this.#seekSoonest();
  }

  /** All that are queued, each list in its order. */
  *slots(): Iterable<Slot> {
    for (const head of this.#heads) {
      for (let at = head; at !== 0; at = this.#table.next(at - 1)) yield at - 1;
    }
  }

  /** Makes two neighbours of a list; 0 stands for its end on either side. */
  #link(window: number, left: number, right: number): void {
    if (left === 0) this.#heads[window] = right;
    else this.#table.setNext(left - 1, right);
    if (right === 0) this.#tails[window] = left;
    else this.#table.setPrevious(right - 1, left);
  }

  #seekSoonest(): void {
    this.#soonest = -1;
    this.dueSeconds = LAST_SECOND;
    for (let window = 0; window < this.#heads.length; window++) {
      const head = this.#heads[window]!;
      if (head === 0) continue;
      if (this.#soonest < 0 || this.#isBefore(head - 1, this.#soonest)) {
        this.#setSoonest(head - 1, window);
      }
    }
  }

  #setSoonest(slot: Slot, window: number): void {
    this.#soonest = slot;
    this.#soonestWindow = window;
    this.dueSeconds = Math.min(this.#table.deadlineSeconds(slot), LAST_SECOND);
  }

  #isBefore(slot: Slot, other: Slot): boolean {
    const table = this.#table;
    const apart = table.deadlineSeconds(slot) - table.deadlineSeconds(other);
    return (
      apart < 0 ||
      (apart === 0 && table.deadlineNanoseconds(slot) < table.deadlineNanoseconds(other))
    );
  }
}

/** Of an era; deadlines may lie behind it. */
const LAST_SECOND = 0x7fff_ffff;
