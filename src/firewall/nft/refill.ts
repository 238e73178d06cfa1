import { monotonicMs } from '../clock.ts';
import type { GrantBook } from '../grant-book.ts';
import { CHUNK_ROWS, endOf } from './batch-writer.ts';
import type { Target } from './draw-table.ts';
import type { Keeper } from './keeper.ts';

/**
 * Puts the elements of a great many grants back into a table that has just been made, some in each turn
 * of the loop, so that openings go on meanwhile.
 */
export class Refill {
  readonly #keeper: Keeper;
  readonly #book: GrantBook;
  #slots: Uint32Array = new Uint32Array(0);
  #ids: Float64Array = new Float64Array(0);
  #isWanted: (target: Target) => boolean = () => true;
  #next = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(keeper: Keeper, book: GrantBook) {
    this.#keeper = keeper;
    this.#book = book;
  }

  get isDone(): boolean {
    return this.#next >= this.#slots.length;
  }

  /** All grants of the book that are open, where they lie in a wanted place. */
  begin(nowMs: number, isWanted: (target: Target) => boolean = () => true): void {
    this.stop();
    this.#isWanted = isWanted;
    this.#slots = this.#book.slotsOpenAt(nowMs);
    // A slot may be another grant's by its turn.
    const { id } = this.#book.table;
    this.#ids = new Float64Array(this.#slots.length);
    for (const [at, slot] of this.#slots.entries()) this.#ids[at] = id[slot]!;
    this.#arm();
  }

  stop(): void {
    clearImmediate(this.#turn);
    this.#slots = new Uint32Array(0);
    this.#next = 0;
  }

  #arm(): void {
    if (this.isDone) this.stop();
    else this.#turn = setImmediate(() => this.#writeSome());
  }

  #writeSome(): void {
    const keeper = this.#keeper;
    const { writer } = keeper;
    const nowMs = monotonicMs();
    writer.clear();
    for (; this.#next < this.#slots.length && writer.count < CHUNK_ROWS; this.#next++) {
      const slot = this.#slots[this.#next]!;
      const isSame = this.#book.table.id[slot] === this.#ids[this.#next];
      if (!isSame || !this.#book.isOpen(slot, nowMs)) continue;
      const targets = keeper.places.wantedAt(slot);
      if (writer.count + targets.length > writer.capacity) break;
      for (const target of targets) if (this.#isWanted(target)) this.#put(target, slot, nowMs);
    }
    // A refusal means that the table is gone once more: then it is told, and all begins anew.
    if (writer.count > 0 && writer.commit() === 0) keeper.noteCommit();
    this.#arm();
  }

  #put(target: Target, slot: number, nowMs: number): void {
    const { writer, places } = this.#keeper;
    const { table } = this.#book;
    const lasting = places.lasting(target, slot, nowMs);
    if (endOf(target, table, lasting) - nowMs < MIN_LEFT_MS) return;
    writer.put(target, table, lasting, places.doorIndexAt(lasting), nowMs, false);
  }
}

/** What ends sooner need not be put back; the encoder would refuse it. */
const MIN_LEFT_MS = 10;
