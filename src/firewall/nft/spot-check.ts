import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import { NO_SLOT } from '../grant-table.ts';
import type { Amends } from './amends.ts';
import { CLOCK_SLACK_MS, type FoundRow, type Wanting } from './comparison.ts';
import type { ElementRows } from './element-rows.ts';
import { addressAt, isIpv6 } from './found-grants.ts';
import type { Keeper } from './keeper.ts';
import { Owners } from './owners.ts';

export interface SpotCheckOptions {
  /** Whether others have elements in these sets, which are none of our business. */
  readonly sparesOthers?: boolean;
}

/**
 * Looks at once at the elements that news are about. A look at all of them, which takes seconds where
 * there are a great many, comes to the same afterwards: so what is not sure here is left to it.
 */
export class SpotCheck {
  readonly #keeper: Keeper;
  readonly #book: GrantBook;
  readonly #amends: Amends;
  readonly #sparesOthers: boolean;
  #layout: Keeper['layout'] | undefined;
  #owners: Owners | undefined;

  constructor(
    keeper: Keeper,
    book: GrantBook,
    amends: Amends,
    { sparesOthers = false }: SpotCheckOptions = {},
  ) {
    this.#keeper = keeper;
    this.#book = book;
    this.#amends = amends;
    this.#sparesOthers = sparesOthers;
  }

  /** `rows`: elements that others have put in or taken out. Returns what somebody has revoked so. */
  check(rows: ElementRows): readonly Grant[] {
    // While grants are still being put back, what is missing is not missed.
    if (!this.#keeper.isFilled) return [];
    const nowMs = monotonicMs();
    const grants: Wanting[] = [];
    const foreign: FoundRow[] = [];
    for (let row = 0; row < rows.capacity; row++) {
      const set = this.#keeper.layout.grantSets[rows.set[row]!];
      if (set === undefined) continue;
      const open = this.#openAt(rows, row, isIpv6(set.key) ? 6 : 4, nowMs);
      if (open.length > 0) grants.push(...open);
      else if (!this.#sparesOthers) foreign.push({ rows, row });
    }
    // What is all but over may have ended by itself.
    const { untilMs } = this.#book.table;
    const lasting = grants.filter(({ slot }) => untilMs[slot]! > nowMs + CLOCK_SLACK_MS);
    const revoked = this.#amends.revoke(lasting);
    this.#amends.repair({ foreign, wrong: [] });
    return revoked;
  }

  /** The open grants that an element should be: whether it is there, the kernel must be asked. */
  #openAt(rows: ElementRows, row: number, family: 4 | 6, nowMs: number): Wanting[] {
    const source = addressAt(rows, row, family);
    const found: Wanting[] = [];
    for (const { door, target } of this.#ownersNow().of(rows, row)) {
      const slot = this.#book.find(door, source);
      if (slot === NO_SLOT || !this.#book.isOpen(slot, nowMs)) continue;
      if (this.#book.portsAt(slot).includes(target.ports)) found.push({ slot, target });
    }
    return found;
  }

  #ownersNow(): Owners {
    const { layout } = this.#keeper;
    if (this.#owners === undefined || layout !== this.#layout) {
      this.#layout = layout;
      this.#owners = new Owners(layout);
    }
    return this.#owners;
  }
}
