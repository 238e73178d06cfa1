import type { OpenPorts } from '../../door/door.ts';
import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import { CHUNK_ROWS } from './batch-writer.ts';
import type { Differences, FoundRow, Wanting } from './comparison.ts';
import type { Keeper } from './keeper.ts';
import type { NftEvent } from './options.ts';

/** What follows from how the kernel's sets differ from the book: in the book, or in the sets. */
export class Amends {
  readonly #keeper: Keeper;
  readonly #book: GrantBook;
  readonly #tell: (event: NftEvent) => void;

  constructor(keeper: Keeper, book: GrantBook, tell: (event: NftEvent) => void) {
    this.#keeper = keeper;
    this.#book = book;
    this.#tell = tell;
  }

  /** Ends the grants whose elements somebody has deleted; those that have none left. */
  revoke(missing: readonly Wanting[]): readonly Grant[] {
    const lost = new Map<number, OpenPorts[]>();
    for (const { slot, target } of this.#gone(missing)) {
      const ports = lost.get(slot);
      if (ports === undefined) lost.set(slot, [target.ports]);
      else ports.push(target.ports);
    }
    const revoked: Grant[] = [];
    for (const [slot, ports] of lost) {
      const grant = this.#book.grantAt(slot);
      if (!this.#book.losePorts(slot, ports)) revoked.push(grant);
    }
    if (lost.size > 0) this.#tell({ kind: 'grants revoked', count: lost.size });
    return revoked;
  }

  /** Takes out what is no grant, and sets right what is not as the book has it. */
  repair({ foreign, wrong }: Pick<Differences, 'foreign' | 'wrong'>): void {
    const { writer, places } = this.#keeper;
    const removed = this.#remove(foreign);
    for (let from = 0; from < wrong.length; from += CHUNK_ROWS) {
      const nowMs = monotonicMs();
      writer.clear();
      for (const { slot, target } of wrong.slice(from, from + CHUNK_ROWS)) {
        writer.put(target, this.#book.table, slot, places.doorIndexAt(slot), nowMs, true);
      }
      this.#flush();
    }
    if (removed > 0) this.#tell({ kind: 'foreign elements removed', count: removed });
    if (wrong.length > 0) this.#tell({ kind: 'elements repaired', count: wrong.length });
  }

  /** Of rows that were read, removes those that are still there; how many. */
  #remove(foreign: readonly FoundRow[]): number {
    const { writer } = this.#keeper;
    let count = 0;
    for (let from = 0; from < foreign.length; from += writer.capacity) {
      const some = foreign.slice(from, from + writer.capacity);
      const put = (rows: readonly FoundRow[]): void => {
        writer.clear();
        for (const each of rows) writer.putRemoval(each.rows, each.row);
      };
      put(some);
      const there =
        writer.findAbsent() === 0 ? some : some.filter((_, row) => !writer.isAbsent(row));
      put(there);
      count += there.length;
      this.#flush();
    }
    return count;
  }

  /**
   * Of what a reading missed, what is really gone: elements move within a set while the kernel makes room
   * or collects, and a dump passes over some of those. Each is looked up by its key, while its set stands.
   */
  #gone(missing: readonly Wanting[]): Wanting[] {
    if (missing.length === 0) return [];
    const { writer } = this.#keeper;
    const absent: Wanting[] = [];
    for (let from = 0; from < missing.length; from += writer.capacity) {
      const some = missing.slice(from, from + writer.capacity);
      writer.clear();
      for (const { slot, target } of some) writer.putAbsence(target, this.#book.table, slot);
      if (writer.findAbsent() > 0) absent.push(...some.filter((_, row) => writer.isAbsent(row)));
    }
    writer.clear();
    const intact = new Set(this.#keeper.intactSets());
    return absent.filter(({ target }) => intact.has(target.set));
  }

  #flush(): void {
    const { writer } = this.#keeper;
    if (writer.count > 0 && writer.commit() === 0) this.#keeper.noteCommit();
    writer.clear();
  }
}
