import type { NftTransaction } from './addon.ts';
import { boundsOf, differences } from './range-bounds.ts';
import type { RangeSet, Table } from './table.ts';
import type { TableState } from './table-state.ts';

export type AddressFamily = 4 | 6;

interface Known {
  readonly set: RangeSet;
  readonly handle: string | undefined;
  /** Elements that the kernel counts in it; undefined: it does not say (before Linux 6.17). */
  readonly elements: number | undefined;
}

/**
 * What we know of the sets of ranges in the kernel. They may be so long that to send them again takes a
 * quarter of a second, so a table that is made again takes them over, and only what differs is sent.
 */
export class RangeSets {
  #known: ReadonlyMap<string, Known> = new Map();

  /** The sets that a new table can take over of the old one, as they are there. */
  keepable(table: Table, state: TableState | undefined): ReadonlyMap<string, RangeSet> {
    const before = new Map<string, RangeSet>();
    for (const set of rangeSetsOf(table)) {
      const known = this.#known.get(set.name);
      if (known?.set.hasCounters === set.hasCounters && isThere(known, state)) {
        before.set(set.name, known.set);
      }
    }
    return before;
  }

  /** A table has just been made: its sets of ranges are as they should be. */
  remember(table: Table, state: TableState | undefined): void {
    this.#known = new Map(
      rangeSetsOf(table).map((set) => [
        set.name,
        {
          set,
          handle: state?.setHandle(set.name),
          elements: state?.elementCount(set.name),
        },
      ]),
    );
  }

  /** Whether nobody has taken anything out of them or put anything in, as far as numbers tell. */
  areIntact(state: TableState | undefined): boolean {
    return [...this.#known.values()].every((known) => isThere(known, state));
  }
}

/** Sends a set of ranges as a whole, or what of it is new. */
export function writeRanges(
  transaction: NftTransaction,
  set: RangeSet,
  before: RangeSet | undefined,
): void {
  const { name, family, ranges, hasCounters } = set;
  const key = family === 4 ? 0 : 1;
  const send = (what: 'addBounds' | 'removeBounds', some: Uint32Array): void => {
    if (some.length === 0) return;
    const { keys, isEnd, timeoutMs } = boundsOf(some, family);
    transaction[what](name, key, keys, isEnd, timeoutMs);
  };
  if (before === undefined) {
    transaction.createIntervalSet(name, key, false, hasCounters);
    send('addBounds', ranges);
    return;
  }
  const { gone, fresh } = differences(before.ranges, ranges, family);
  send('removeBounds', gone);
  send('addBounds', fresh);
}

function isThere({ set, handle, elements }: Known, state: TableState | undefined): boolean {
  if (state === undefined || handle === undefined) return false;
  return state.setHandle(set.name) === handle && state.elementCount(set.name) === elements;
}

function rangeSetsOf({ sets }: Table): RangeSet[] {
  return sets.flatMap((set) => (set.kind === 'ranges' ? [set] : []));
}
