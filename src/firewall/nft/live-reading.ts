import { monotonicMs } from '../clock.ts';
import type { GrantBook } from '../grant-book.ts';
import { NO_SLOT } from '../grant-table.ts';
import type { Target } from './draw-table.ts';
import type { ElementRows } from './element-rows.ts';
import { addressAt, isIpv6, type FoundElements } from './found-grants.ts';
import { Owners } from './owners.ts';
import type { TableKeeper } from './table-keeper.ts';

/** An element that belongs to no grant. */
export interface Stray {
  readonly rows: ElementRows;
  readonly row: number;
}

/** What the kernel's sets of who is not silent say, as far as they have been read; the book notes it. */
export class LiveReading {
  /** The sets that are to be read. */
  readonly sets: readonly number[];
  readonly strays: Stray[] = [];
  readonly #keeper: TableKeeper;
  readonly #book: GrantBook;
  readonly #owners: Owners;
  readonly #seen = new Set<number>();

  constructor(keeper: TableKeeper, book: GrantBook) {
    this.#keeper = keeper;
    this.#book = book;
    this.#owners = new Owners(keeper.layout);
    const { grantSets, liveSets } = keeper.layout;
    this.sets = [...liveSets.keys()].map((nth) => grantSets.length + nth);
  }

  take({ set, rows }: FoundElements, nowMs: number): void {
    const { grantSets, liveSets } = this.#keeper.layout;
    const family = isIpv6(liveSets[set - grantSets.length]!.key) ? 6 : 4;
    for (let row = 0; row < rows.capacity; row++) {
      const open = this.#openAt(rows, row, family, nowMs);
      for (const slot of open) this.#note(slot, nowMs + rows.timeoutMs[row]!);
      if (open.length === 0) this.strays.push({ rows, row });
    }
  }

  /** Slots of open grants that were not seen. */
  unseen(nowMs: number): number[] {
    return [...liveSlots(this.#book, nowMs)].filter((slot) => !this.#seen.has(slot));
  }

  #openAt(rows: ElementRows, row: number, family: 4 | 6, nowMs: number): number[] {
    const source = addressAt(rows, row, family);
    return this.#owners
      .of(rows, row)
      .map(({ door }) => this.#book.find(door, source))
      .filter((slot) => slot !== NO_SLOT && this.#book.isOpen(slot, nowMs));
  }

  #note(slot: number, untilMs: number): void {
    const { aliveMs } = this.#book.table;
    aliveMs[slot] = this.#seen.has(slot) ? Math.max(aliveMs[slot]!, untilMs) : untilMs;
    this.#seen.add(slot);
  }
}

/** Reads from the kernel at once which grants' sources are silent: none, where a set is not there. */
export function readSilent(keeper: TableKeeper, book: GrantBook): readonly number[] {
  const reading = new LiveReading(keeper, book);
  const found = keeper.readSets(reading.sets);
  if (found.length < reading.sets.length) return [];
  for (const elements of found) reading.take(elements, monotonicMs());
  return silentOf(reading.unseen(monotonicMs()), keeper, book);
}

/**
 * Of grants that a reading did not see, those that are silent: elements move within a set while the kernel
 * makes room or collects, and a dump passes over some of those. Each is looked up by its keys.
 */
export function silentOf(
  slots: readonly number[],
  keeper: TableKeeper,
  book: GrantBook,
): readonly number[] {
  const { writer } = keeper;
  const silent: number[] = [];
  for (const slot of slots) {
    writer.clear();
    for (const target of liveTargets(keeper, slot)) {
      writer.putAbsence(target, book.table, slot);
    }
    const { count } = writer;
    if (writer.findAbsent() === count) silent.push(slot);
  }
  writer.clear();
  return silent;
}

/** Slots of grants that silence ends. */
export function* liveSlots(book: GrantBook, nowMs: number): Generator<number> {
  for (const slot of book.openAt(nowMs)) {
    if (book.doorAt(slot).whileConnected !== undefined) yield slot;
  }
}

function liveTargets({ places }: TableKeeper, slot: number): Target[] {
  return places.wantedAt(slot).filter(({ isLive }) => isLive);
}
