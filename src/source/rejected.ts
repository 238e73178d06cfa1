import type { CounterName } from '../tuple/columns.ts';
import type { SourceCounters } from './source.ts';

const TUPLES: readonly CounterName[] = ['wanted', 'unwanted'];

/** Packets that were no tuples, by the reason; reasons that did not come up are left out. */
export function rejectedOf({ ended }: SourceCounters): Record<string, number> {
  const counts = Object.entries(ended) as [CounterName, number][];
  return Object.fromEntries(counts.filter(([name, count]) => count > 0 && !TUPLES.includes(name)));
}
