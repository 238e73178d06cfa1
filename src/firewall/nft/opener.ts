import type { Door } from '../../door/door.ts';
import type { Address } from '../../tuple/address.ts';
import { FirewallError } from '../firewall-error.ts';
import { monotonicMs } from '../clock.ts';
import type { Opening, Outcome } from '../firewall.ts';
import type { Admission, GrantBook } from '../grant-book.ts';
import type { Target } from './draw-table.ts';
import { toFirewallError } from './nft-error.ts';
import { MIN_OPEN_MS } from './options.ts';
import { lastsMs, noteAlive } from './live-grants.ts';
import type { Keeper } from './keeper.ts';

/** How often a batch is sent again for the sake of those that a refused opening may have displaced. */
const EXACT_ROUNDS = 8;

/** An opening whose elements stand in the rows from `row` on. */
interface Staged {
  readonly at: number;
  readonly admission: Admission;
  readonly targets: readonly Target[];
  row: number;
}

/**
 * Carries openings into the kernel: enters them into the book, sends all of a turn as one transaction,
 * and withdraws what the kernel refuses.
 */
export class Opener {
  readonly #keeper: Keeper;
  readonly #book: GrantBook;
  readonly #maxOpenMs: number;

  constructor(keeper: Keeper, book: GrantBook, maxOpenMs: number) {
    this.#keeper = keeper;
    this.#book = book;
    this.#maxOpenMs = maxOpenMs;
  }

  /** Outcomes for all openings, each at the opening's place. */
  open(openings: readonly Opening[], outcomes: Outcome[], nowMs: number): void {
    const beganMs = monotonicMs();
    // The kernel counts from when it is told: nothing may last longer for having waited for others.
    const now = (): number => nowMs + (monotonicMs() - beganMs);
    for (let from = 0; from < openings.length;) {
      const staged: Staged[] = [];
      from = this.#stageSome(openings, from, staged, outcomes, nowMs);
      if (staged.length > 0) this.#send(staged, outcomes, now);
    }
  }

  /** Stages as many as one transaction holds; where the next one begins. */
  #stageSome(
    openings: readonly Opening[],
    from: number,
    staged: Staged[],
    outcomes: Outcome[],
    nowMs: number,
  ): number {
    let room = this.#keeper.writer.capacity;
    for (let at = from; at < openings.length; at++) {
      if (outcomes[at] !== undefined) continue;
      const opening = openings[at]!;
      const targets = this.#keeper.places.targetsOf(opening.door, opening.source);
      if (targets.length > room) return at;
      const refusal = this.#stage(opening, at, targets, staged, nowMs);
      if (refusal !== undefined) outcomes[at] = refusal;
      else room -= targets.length;
    }
    return openings.length;
  }

  #stage(
    { door, source, openForMs, by }: Opening,
    at: number,
    targets: readonly Target[],
    staged: Staged[],
    nowMs: number,
  ): Outcome | undefined {
    if (targets.length === 0) return refuse(this.#nothingFor(door, source));
    const isInBounds = openForMs >= MIN_OPEN_MS && openForMs <= this.#maxOpenMs;
    if (!isInBounds) return refuse(this.#outOfBounds(openForMs));
    const admission = this.#book.enter(door, source, nowMs, nowMs + lastsMs(door, openForMs), by);
    if (admission === undefined) return { kind: 'refused', reason: 'max grants' };
    noteAlive(this.#book, admission, nowMs, openForMs);
    staged.push({ at, admission, targets, row: 0 });
    return undefined;
  }

  /** Sends what is staged until the kernel has taken all that it does not refuse. */
  #send(staged: readonly Staged[], outcomes: Outcome[], now: () => number): void {
    const { writer } = this.#keeper;
    let left = staged;
    let isMended = false;
    try {
      for (let round = 1; left.length > 0; round++) {
        this.#fill(left, now());
        if (writer.commit() === 0) {
          this.#keeper.noteCommit();
          break;
        }
        if (writer.lacksSet() && !isMended) {
          // Grants may come into the new table in later turns; these are told of now.
          this.#keeper.mend();
          isMended = true;
        } else left = this.#withoutRefused(left, outcomes, round < EXACT_ROUNDS);
      }
      for (const { at, admission } of left) outcomes[at] = this.#opened(admission);
    } catch (error) {
      const refusal = refuse(toFirewallError(error, 'open'));
      for (const { admission } of left.toReversed()) this.#book.withdraw(admission);
      for (const { at } of left) outcomes[at] = refusal;
    }
  }

  #fill(staged: readonly Staged[], nowMs: number): void {
    const keeper = this.#keeper;
    const { writer } = keeper;
    writer.clear();
    for (const one of staged) {
      const { slot, mayLinger } = one.admission;
      one.row = writer.count;
      for (const target of one.targets) {
        const lasting = target.isLive ? slot : keeper.places.lasting(target, slot, nowMs);
        const door = keeper.places.doorIndexAt(lasting);
        const mayBeThere = mayLinger || target.sharers.length > 0;
        writer.put(target, this.#book.table, lasting, door, nowMs, mayBeThere);
      }
    }
  }

  /**
   * What is left to send again. A refused opening of several elements may have taken the room that a
   * later one would have had, so those behind it are asked once more, unless that has gone on too long.
   */
  #withoutRefused(staged: readonly Staged[], outcomes: Outcome[], isExact: boolean): Staged[] {
    const left: Staged[] = [];
    const dropped: Admission[] = [];
    const errors = new Map<number, FirewallError>();
    let isSettled = false;
    for (const one of staged) {
      const { slot } = one.admission;
      // A renewal of what was refused in the same turn has nothing to renew.
      const error = errors.get(slot) ?? (isSettled ? undefined : this.#errorOf(one));
      if (error === undefined) {
        left.push(one);
        continue;
      }
      errors.set(slot, error);
      dropped.push(one.admission);
      outcomes[one.at] = refuse(error);
      isSettled ||= isExact && one.targets.length > 1;
    }
    for (const admission of dropped.reverse()) this.#book.withdraw(admission);
    return left;
  }

  #errorOf({ row, targets }: Staged): FirewallError | undefined {
    const { writer, layout } = this.#keeper;
    const nth = targets.findIndex((_, offset) => writer.isRefused(row + offset));
    if (nth < 0) return undefined;
    return writer.errorAt(row + nth, setName(layout, targets[nth]!.set));
  }

  #opened({ slot, isRenewal }: Admission): Outcome {
    return { kind: 'opened', grant: this.#book.grantAt(slot), renewed: isRenewal };
  }

  #nothingFor(door: Door, source: Address): FirewallError {
    if (!this.#keeper.layout.targets.has(door)) return unknownDoor(door);
    const reason = this.#keeper.nothingFor(door, source);
    return new FirewallError('FIREWALL_REFUSED', 'open', reason);
  }

  #outOfBounds(openForMs: number): FirewallError {
    const [asked, least, most] = [openForMs, MIN_OPEN_MS, this.#maxOpenMs].map((ms) => ms / 1000);
    const reason = `${asked} s is not from ${least} to ${most} s`;
    return new FirewallError('FIREWALL_REFUSED', 'open', reason);
  }
}

function setName({ grantSets, liveSets }: Keeper['layout'], set: number): string {
  return (grantSets[set] ?? liveSets[set - grantSets.length])!.name;
}

function refuse(error: FirewallError): Outcome {
  const reason = error.code === 'FIREWALL_SET_FULL' ? 'set full' : 'failed';
  return { kind: 'refused', reason, error };
}

function unknownDoor({ name }: Door): FirewallError {
  const reason = `door ${name} was not there when the table was made`;
  return new FirewallError('FIREWALL_UNKNOWN_DOOR', 'open', reason);
}
