import type { RangeSet } from './table.ts';
import type { TableState } from './table-state.ts';

/** Sets that the kernel has already: they stay where they are while the rest of the table is made anew. */
export interface KeptSets {
  /** All chains of the old table. */
  readonly chains: readonly string[];
  /** Sets of the old table that are not kept. */
  readonly sets: readonly string[];
  /** Sets of ranges as they are there, by name: of these only what differs is sent. */
  readonly ranges: ReadonlyMap<string, RangeSet>;
  /** Names of sets of grants: these are not touched. */
  readonly grants: ReadonlySet<string>;
}

/** Undefined if nothing of the old table is kept. */
export function keptSets(
  { chains, sets }: TableState,
  ranges: ReadonlyMap<string, RangeSet>,
  grants: ReadonlySet<string>,
): KeptSets | undefined {
  if (ranges.size + grants.size === 0) return undefined;
  const left = sets.filter((name) => !ranges.has(name) && !grants.has(name));
  return { chains, sets: left, ranges, grants };
}
