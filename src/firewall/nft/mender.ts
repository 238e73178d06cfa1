import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import { Amends } from './amends.ts';
import type { NftEvent, Reason } from './options.ts';
import { compare, type Reading } from './reconciler.ts';
import type { TableKeeper } from './table-keeper.ts';

/**
 * Looks at what others have done to our table, and answers: what was altered or flushed away comes back,
 * what was deleted from the sets is revoked, what is nobody's grant goes.
 */
export class Mender {
  readonly #keeper: TableKeeper;
  readonly #book: GrantBook;
  readonly #amends: Amends;
  readonly #tell: (event: NftEvent) => void;

  constructor(keeper: TableKeeper, book: GrantBook, tell: (event: NftEvent) => void) {
    this.#keeper = keeper;
    this.#book = book;
    this.#tell = tell;
    this.#amends = new Amends(keeper, book, tell);
  }

  /** What somebody has revoked. Throws EINTR if the ruleset changed all the while: then look again. */
  look(): readonly Grant[] {
    const keeper = this.#keeper;
    const condition = keeper.inspect();
    const isConfirmed = keeper.readTimes(monotonicMs());
    const reading = this.#read(condition.intact);
    const differences = compare(this.#book, keeper.layout, keeper.doors, reading);
    const revoked = this.#amends.revoke(differences.missing);
    const reason = isConfirmed ? 'a guard was confirmed' : this.#reasonToMake(condition);
    if (reason === undefined) {
      this.#amends.repair(differences, reading.toMs);
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
}
