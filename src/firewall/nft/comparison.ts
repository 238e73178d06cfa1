import type { GrantBook } from '../grant-book.ts';
import { NO_SLOT } from '../grant-table.ts';
import type { DoorTargets, Layout, Target } from './draw-table.ts';
import type { ElementRows } from './element-rows.ts';
import { addressAt, isIpv6, type FoundElements } from './found-grants.ts';
import { Owners } from './owners.ts';

/** The kernel counts in ticks, and from a moment later than we do. */
export const CLOCK_SLACK_MS = 100;

/** Elements of a set, and when the kernel was asked for them and had answered. */
export interface ReadElements extends FoundElements {
  readonly fromMs: number;
  readonly toMs: number;
}

/** An element that should be other than it is: that of a grant, at one of its targets. */
export interface Wanting {
  readonly slot: number;
  readonly target: Target;
}

/** An element that was read. */
export interface FoundRow {
  readonly rows: ElementRows;
  readonly row: number;
}

/** How the kernel's sets differ from the book. */
export interface Differences {
  /** Rows that are nobody's grant. */
  readonly foreign: readonly FoundRow[];
  /** Elements that are there, but not as the book has them. */
  readonly wrong: readonly Wanting[];
  /** Elements that are not there though their set is. */
  readonly missing: readonly Wanting[];
}

export interface ComparisonOptions {
  /** Whether others have elements in these sets, which are none of our business. */
  readonly sparesOthers?: boolean;
}

/**
 * Compares the book with the elements of sets that are still those we made, piece by piece. What is missing
 * there was taken away by somebody: nothing but a deletion ends an element before its time. Between two
 * pieces the book may go on: grants that have changed since the beginning are left to the next comparison.
 */
export class Comparison {
  readonly #book: GrantBook;
  readonly #layout: Pick<Layout, 'grantSets' | 'targets'>;
  readonly #sets: readonly number[];
  readonly #sparesOthers: boolean;
  readonly #owners: Owners;
  /** Grants as they were at the beginning. */
  readonly #id: Float64Array;
  readonly #untilMs: Float64Array;
  /** A place for each slot and target: whether its element was read. */
  readonly #seen: Uint8Array;
  readonly #width: number;
  readonly #foreign: FoundRow[] = [];
  readonly #wrong: Wanting[] = [];
  #longestMs = 0;

  /** `sets`: those that are read. */
  constructor(
    book: GrantBook,
    layout: Pick<Layout, 'grantSets' | 'targets'>,
    sets: readonly number[],
    { sparesOthers = false }: ComparisonOptions = {},
  ) {
    this.#book = book;
    this.#layout = layout;
    this.#sets = sets;
    this.#sparesOthers = sparesOthers;
    this.#owners = new Owners(layout);
    this.#id = book.table.id.slice();
    this.#untilMs = book.table.untilMs.slice();
    this.#width = Math.max(1, ...[...layout.targets.values()].map(mostTargets));
    this.#seen = new Uint8Array(this.#id.length * this.#width);
  }

  take({ rows, fromMs, toMs }: ReadElements): void {
    const tookMs = toMs - fromMs;
    const slackMs = CLOCK_SLACK_MS + tookMs;
    this.#longestMs = Math.max(this.#longestMs, tookMs);
    const { untilMs, id } = this.#book.table;
    for (let row = 0; row < rows.capacity; row++) {
      if (this.#sparesOthers && rows.action[row] !== 1) continue;
      const lasting = this.#lasting(rows, row, toMs);
      if (lasting === undefined) {
        if (rows.timeoutMs[row]! > slackMs) this.#foreign.push({ rows, row });
        continue;
      }
      const leftMs = untilMs[lasting.slot]! - toMs;
      const isRight =
        rows.action[row] === 1 &&
        rows.grant[row] === id[lasting.slot] &&
        Math.abs(rows.timeoutMs[row]! - leftMs) <= slackMs;
      if (!isRight && leftMs > slackMs) this.#wrong.push(lasting);
    }
  }

  /** Once all has been taken. */
  end(nowMs: number): Differences {
    return {
      foreign: this.#foreign.filter(({ rows, row }) => !this.#lasting(rows, row, nowMs)),
      wrong: this.#wrong.filter(({ slot }) => this.#isSettled(slot)),
      missing: this.#missing(nowMs),
    };
  }

  /** Of the grants that an element may be, the one that ends last. All of them have been seen. */
  #lasting(rows: ElementRows, row: number, nowMs: number): Wanting | undefined {
    const { untilMs } = this.#book.table;
    const set = rows.set[row]!;
    const source = addressAt(rows, row, isIpv6(this.#layout.grantSets[set]!.key) ? 6 : 4);
    let lasting: Wanting | undefined;
    for (const { door, target, nth } of this.#owners.of(rows, row)) {
      const slot = this.#book.find(door, source);
      if (slot === NO_SLOT || untilMs[slot]! <= nowMs) continue;
      this.#seen[slot * this.#width + nth] = 1;
      if (lasting === undefined || untilMs[slot]! > untilMs[lasting.slot]!) {
        lasting = { slot, target };
      }
    }
    return lasting;
  }

  #missing(nowMs: number): Wanting[] {
    if (this.#sets.length === 0) return [];
    const readSets = new Set(this.#sets);
    const wanting: Wanting[] = [];
    for (const slot of this.#book.openAt(nowMs + CLOCK_SLACK_MS + this.#longestMs)) {
      if (!this.#isSettled(slot)) continue;
      const targets = this.#layout.targets.get(this.#book.doorAt(slot));
      const ports = this.#book.portsAt(slot);
      for (const [nth, target] of (targets?.[this.#book.familyAt(slot)] ?? []).entries()) {
        const isSeen = this.#seen[slot * this.#width + nth] === 1;
        if (isSeen || !readSets.has(target.set) || !ports.includes(target.ports)) continue;
        wanting.push({ slot, target });
      }
    }
    return wanting;
  }

  /** Whether the grant in a slot is the one that it was, with the same end. */
  #isSettled(slot: number): boolean {
    const { id, untilMs } = this.#book.table;
    return id[slot] === this.#id[slot] && untilMs[slot] === this.#untilMs[slot];
  }
}

/** A machine behind may have targets of one family alone. */
function mostTargets({ ipv4, ipv6 }: DoorTargets): number {
  return Math.max(ipv4.length, ipv6.length);
}
