import type { Door } from '../../door/door.ts';
import type { Network } from '../../tuple/network.ts';
import type { Grant } from '../firewall.ts';
import type { GrantBook } from '../grant-book.ts';
import type { Target } from './draw-table.ts';
import type { Keeper } from './keeper.ts';
import { attempt } from './nft-error.ts';

/** One element that a grant leaves. */
interface Leaving {
  readonly slot: number;
  readonly target: Target;
}

/** Ends grants before their time: in the kernel first, then in the book. */
export class Revoker {
  readonly #keeper: Keeper;
  readonly #book: GrantBook;

  constructor(keeper: Keeper, book: GrantBook) {
    this.#keeper = keeper;
    this.#book = book;
  }

  /** Ends what sources of a network have open at a door; these grants. */
  revokeFrom(door: Door, from: Network, nowMs: number): readonly Grant[] {
    const slots = [...this.#book.openTo(door, from, nowMs)];
    const grants = slots.map((slot) => this.#book.grantAt(slot));
    if (slots.length > 0) attempt('revoke', () => this.revoke(slots, nowMs));
    return grants;
  }

  revoke(slots: readonly number[], nowMs: number): void {
    let leaving: Leaving[] = [];
    let whole: number[] = [];
    for (const slot of slots) {
      const more = this.#elementsOf(slot);
      if (leaving.length + more.length > this.#keeper.writer.capacity) {
        this.#carryOut(whole, leaving, nowMs);
        leaving = [];
        whole = [];
      }
      leaving.push(...more);
      whole.push(slot);
    }
    this.#carryOut(whole, leaving, nowMs);
  }

  #elementsOf(slot: number): Leaving[] {
    const { door, source, ports } = this.#book.grantAt(slot);
    const targets = this.#keeper.places.targetsOf(door, source);
    return targets
      .filter((target) => ports.includes(target.ports))
      .map((target) => ({ slot, target }));
  }

  #carryOut(slots: readonly number[], leaving: readonly Leaving[], nowMs: number): void {
    const { writer } = this.#keeper;
    let left = leaving;
    let isGone = false;
    while (left.length > 0 && !isGone) {
      this.#fill(left, nowMs);
      if (writer.commit() === 0) {
        this.#keeper.noteCommit();
        break;
      }
      isGone = writer.lacksSet();
      // A full set refuses the removal only of what it does not hold.
      left = left.filter((_, row) => !writer.isRefused(row));
    }
    for (const slot of slots) this.#book.revoke(slot);
    if (isGone) this.#keeper.mend();
  }

  /** An element that another door's grant shares stays, until the end of that one. */
  #fill(leaving: readonly Leaving[], nowMs: number): void {
    const keeper = this.#keeper;
    const { writer } = keeper;
    writer.clear();
    for (const { slot, target } of leaving) {
      const heir = keeper.places.heir(target, slot, nowMs);
      if (heir === undefined) writer.putAbsence(target, this.#book.table, slot);
      else writer.put(target, this.#book.table, heir, keeper.places.doorIndexAt(heir), nowMs, true);
    }
  }
}
