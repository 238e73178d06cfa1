import type { OpenPorts } from '../../door/door.ts';
import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import type { NftEvent, Reason } from './options.ts';
import { compare, type Differences, type Reading, type Wanting } from './reconciler.ts';
import type { TableKeeper } from './table-keeper.ts';

/**
 * Looks at what others have done to our table, and answers: what was altered or flushed away comes back,
 * what was deleted from the sets is revoked, what is nobody's grant goes.
 */
export class Mender {
  readonly #keeper: TableKeeper;
  readonly #book: GrantBook;
  readonly #tell: (event: NftEvent) => void;

  constructor(keeper: TableKeeper, book: GrantBook, tell: (event: NftEvent) => void) {
    this.#keeper = keeper;
    this.#book = book;
    this.#tell = tell;
  }

  /** What somebody has revoked. Throws EINTR if the ruleset changed all the while: then look again. */
  look(): readonly Grant[] {
    const keeper = this.#keeper;
    const condition = keeper.inspect();
    const isConfirmed = keeper.readTimes(monotonicMs());
    const reading = this.#read(condition.intact);
    const differences = compare(this.#book, keeper.layout, keeper.doors, reading);
    const revoked = this.#revoke(this.#gone(differences.missing));
    const reason = isConfirmed ? 'a guard was confirmed' : this.#reasonToMake(condition);
    if (reason === undefined) {
      this.#repair(differences, reading.toMs);
      if (keeper.mendBlocks(monotonicMs())) this.#tell({ kind: 'blocks put back', count: 1 });
    }
    if (reason !== undefined) this.#make(reason, condition.isGone);
    return revoked;
  }

  #read(intact: readonly number[]): Reading {
    const fromMs = monotonicMs();
    // While grants are still being put back, what is missing is not missed.
    const found = this.#keeper.isFilled ? this.#keeper.readSets(intact) : [];
    return { found, fromMs, toMs: monotonicMs() };
  }

  #reasonToMake({ isSame, isGone }: { isSame: boolean; isGone: boolean }): Reason | undefined {
    if (this.#keeper.lacksPublished()) return 'a nat chain came';
    if (isSame) return undefined;
    return isGone ? 'it was gone' : 'it was altered';
  }

  /** Where the sets are there, nobody who has a grant may find it missing: then it is one transaction. */
  #make(reason: Reason, isGone: boolean): void {
    if (reason === 'a nat chain came') this.#keeper.publish();
    this.#keeper.make({ isWhole: !isGone });
    this.#tell({ kind: 'table made again', reason, count: 1 });
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
      if (writer.findAbsent() > 0) absent.push(...some.filter((_, row) => writer.isRefused(row)));
    }
    writer.clear();
    const intact = new Set(this.#keeper.inspect().intact);
    return absent.filter(({ target }) => intact.has(target.set));
  }

  #revoke(missing: readonly Wanting[]): readonly Grant[] {
    const lost = new Map<number, OpenPorts[]>();
    for (const { slot, target } of missing) {
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

  #repair({ foreign, wrong }: Differences, nowMs: number): void {
    const keeper = this.#keeper;
    const { writer } = keeper;
    writer.clear();
    for (const { rows, row } of foreign) {
      writer.putRemoval(rows, row);
      this.#flushIfFull();
    }
    for (const { slot, target } of wrong) {
      writer.put(target, this.#book.table, slot, keeper.doorIndexAt(slot), nowMs, true);
      this.#flushIfFull();
    }
    this.#flush();
    if (foreign.length > 0) this.#tell({ kind: 'foreign elements removed', count: foreign.length });
    if (wrong.length > 0) this.#tell({ kind: 'elements repaired', count: wrong.length });
  }

  #flushIfFull(): void {
    const { writer } = this.#keeper;
    if (writer.count === writer.capacity) this.#flush();
  }

  #flush(): void {
    const { writer } = this.#keeper;
    if (writer.count > 0 && writer.commit() === 0) this.#keeper.noteCommit();
    writer.clear();
  }
}
