import { monotonicMs } from '../clock.ts';
import type { GrantBook } from '../grant-book.ts';
import { endOf } from './batch-writer.ts';
import type { Keeper } from './keeper.ts';
import type { BookElement } from './places.ts';

/** Elements in one transaction: about a millisecond. Larger ones are hardly cheaper an element (bench: heal). */
const CHUNK_ROWS = 512;

/**
 * Puts the elements of a great many grants back into a table that has just been made, some in each turn
 * of the loop, so that openings go on meanwhile.
 */
export class Refill {
  readonly #keeper: Keeper;
  readonly #book: GrantBook;
  #left: readonly BookElement[] = [];
  #ids: Float64Array = new Float64Array(0);
  #next = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(keeper: Keeper, book: GrantBook) {
    this.#keeper = keeper;
    this.#book = book;
  }

  get isDone(): boolean {
    return this.#next >= this.#left.length;
  }

  begin(elements: readonly BookElement[]): void {
    this.stop();
    this.#left = elements;
    // A slot may be another grant's by its turn.
    this.#ids = Float64Array.from(elements, ({ slot }) => this.#book.table.id[slot]!);
    this.#arm();
  }

  stop(): void {
    clearImmediate(this.#turn);
    this.#left = [];
    this.#next = 0;
  }

  #arm(): void {
    if (this.isDone) this.stop();
    else this.#turn = setImmediate(() => this.#writeSome());
  }

  #writeSome(): void {
    const keeper = this.#keeper;
    const { writer } = keeper;
    const { table } = this.#book;
    const nowMs = monotonicMs();
    const end = Math.min(this.#left.length, this.#next + CHUNK_ROWS);
    writer.clear();
    for (; this.#next < end; this.#next++) {
      const { target, slot } = this.#left[this.#next]!;
      if (table.id[slot] !== this.#ids[this.#next] || !this.#book.isOpen(slot, nowMs)) continue;
      const lasting = keeper.places.lasting(target, slot, nowMs);
      if (endOf(target, table, lasting) - nowMs < MIN_LEFT_MS) continue;
      writer.put(target, table, lasting, keeper.places.doorIndexAt(lasting), nowMs, false);
    }
    // A refusal means that the table is gone once more: then it is told, and all begins anew.
    if (writer.count > 0 && writer.commit() === 0) keeper.noteCommit();
    this.#arm();
  }
}

/** What ends sooner need not be put back; the encoder would refuse it. */
const MIN_LEFT_MS = 10;
