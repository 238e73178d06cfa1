import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import type { Amends } from './amends.ts';
import { Comparison } from './comparison.ts';
import type { NftEvent, Reason } from './options.ts';
import { readInPieces } from './reading.ts';
import type { TableCondition, TableKeeper } from './table-keeper.ts';

/** A look at the kernel's sets, as far as it has come. */
export type Look = Generator<undefined, readonly Grant[] | undefined>;

/**
 * Looks at what others have done to our table, and answers: what was altered or flushed away comes back,
 * what was deleted from the sets is revoked, what is nobody's grant goes.
 */
export class Mender {
  readonly #keeper: TableKeeper;
  readonly #book: GrantBook;
  readonly #amends: Amends;
  readonly #tell: (event: NftEvent) => void;

  constructor(
    keeper: TableKeeper,
    book: GrantBook,
    amends: Amends,
    tell: (event: NftEvent) => void,
  ) {
    this.#keeper = keeper;
    this.#book = book;
    this.#tell = tell;
    this.#amends = amends;
  }

  /**
   * Returns what somebody has revoked; undefined if the table was made anew meanwhile, so that nothing came
   * of it. Yields where the loop may have its turn: not before the table is as it should be. Throws EINTR if
   * the ruleset changed all the while: then look again.
   */
  *look(): Look {
    const keeper = this.#keeper;
    const condition = keeper.inspect();
    const isConfirmed = keeper.readTimes(monotonicMs());
    let reason = isConfirmed ? 'a guard was confirmed' : this.#reasonToMake(condition);
    if (reason !== undefined && condition.canKeepGrants) {
      // At once, since ports may be open to everybody: then the sets are looked at as they stand.
      this.#make(reason, condition);
      reason = undefined;
    }
    // While grants are still being put back, what is missing is not missed.
    const sets = keeper.isFilled ? condition.intact : [];
    const comparison = new Comparison(this.#book, keeper.layout, sets);
    const { timesMade } = keeper;
    for (const piece of readInPieces(keeper, sets)) {
      comparison.take(piece);
      if (reason === undefined) yield;
      if (keeper.timesMade !== timesMade) return undefined;
    }
    const differences = comparison.end(monotonicMs());
    const revoked = this.#amends.revoke(differences.missing);
    if (reason === undefined) {
      this.#amends.repair(differences);
      if (keeper.mendBlocks(monotonicMs())) this.#tell({ kind: 'blocks put back', count: 1 });
    } else {
      this.#make(reason, condition);
    }
    return revoked;
  }

  #reasonToMake({ isSame, isGone }: TableCondition): Reason | undefined {
    if (this.#keeper.lacksPublished()) return 'a nat chain came';
    if (isSame) return undefined;
    return isGone ? 'it was gone' : 'it was altered';
  }

  /** Where the sets are there, nobody who has a grant may find it missing: then it is one transaction. */
  #make(reason: Reason, { isGone }: TableCondition): void {
    if (reason === 'a nat chain came') this.#keeper.publish();
    this.#keeper.make({ isWhole: !isGone, keepsGrants: true });
    this.#tell({ kind: 'table made again', reason, count: 1 });
  }
}
