import { COUNTERS, type CounterName } from '../tuple/columns.ts';
import type { SourceCounters } from './source.ts';

/** Counters as a source tells them, from columns: `COUNTERS` in order, then bytes. */
export function namedCounters(
  fill: (into: Float64Array) => void,
  losses: { readonly dropped: number; readonly freezes: number } = { dropped: 0, freezes: 0 },
): SourceCounters {
  const columns = new Float64Array(COUNTERS.length + 1);
  fill(columns);
  const ended = Object.fromEntries(COUNTERS.map((name, at) => [name, columns[at]!]));
  return {
    packets: columns.subarray(0, COUNTERS.length).reduce((sum, count) => sum + count, 0),
    bytes: columns[COUNTERS.length]!,
    ...losses,
    ended: ended as Record<CounterName, number>,
  };
}
