import type { AttemptTable, Slot } from './attempt-table.ts';
import type { Knock } from './knock.ts';

/**
 * What a source has under way, as slots in the order in which the rules look at them: by door; of one
 * door the one furthest along first; then the one with less time left. Filled anew for every packet.
 */
export class FoundAttempts {
  readonly slots: Int32Array;
  /** The door index of each. */
  readonly doors: Int32Array;
  readonly #table: AttemptTable;

  constructor(table: AttemptTable, capacity: number) {
    this.slots = new Int32Array(capacity);
    this.doors = new Int32Array(capacity);
    this.#table = table;
  }

  /** Whether the slot is among the first so many. */
  has(slot: Slot, count: number): boolean {
    for (let at = 0; at < count; at++) if (this.slots[at] === slot) return true;
    return false;
  }

  /** Puts a slot into its place among the first so many; how many they are then. */
  sortIn(slot: Slot, count: number): number {
    const { slots, doors } = this;
    let at = count;
    while (at > 0 && this.#comesBefore(slot, slots[at - 1]!)) {
      slots[at] = slots[at - 1]!;
      doors[at] = doors[at - 1]!;
      at--;
    }
    slots[at] = slot;
    doors[at] = this.#table.doorIndex(slot);
    return count + 1;
  }

  /** From here to there, moves up what still stands: making room may have taken some. Their end. */
  keepStanding(from: number, to: number, { key0, key1 }: Knock): number {
    let end = from;
    for (let at = from; at < to; at++) {
      const slot = this.slots[at]!;
      if (!this.#table.belongsTo(slot, key0, key1)) continue;
      if (this.#table.doorIndex(slot) === this.doors[at]) this.slots[end++] = slot;
    }
    return end;
  }

  #comesBefore(slot: Slot, other: Slot): boolean {
    const table = this.#table;
    const doors = table.doorIndex(slot) - table.doorIndex(other);
    if (doors !== 0) return doors < 0;
    const stages = table.stage(slot) - table.stage(other);
    if (stages !== 0) return stages > 0;
    const seconds = table.deadlineSeconds(slot) - table.deadlineSeconds(other);
    if (seconds !== 0) return seconds < 0;
    return table.deadlineNanoseconds(slot) < table.deadlineNanoseconds(other);
  }
}
