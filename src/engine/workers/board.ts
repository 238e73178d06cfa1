import type { MatcherStats } from '../../matcher/decision-log.ts';
import { namedCounters } from '../../source/named-counters.ts';
import type { SourceCounters } from '../../source/source.ts';
import { COUNTERS } from '../../tuple/columns.ts';

const STATS = [
  'knocks',
  'blocked',
  'stages',
  'opened',
  'timedOut',
  'wrongPort',
  'tripwire',
  'held',
  'cooldown',
  'evicted',
  'late',
  'early',
  'forged',
  'tooWide',
  'notOffered',
  'ignored',
  'garbled',
  'unfinished',
  'holds',
  'suppressed',
] as const satisfies readonly (keyof MatcherStats)[];

const BYTES_AT = COUNTERS.length;
const DROPPED_AT = BYTES_AT + 1;
const FREEZES_AT = BYTES_AT + 2;
const STATS_AT = BYTES_AT + 3;

/** A worker's totals, in memory that it shares with the main thread: one writes them, the other reads. */
export class Board {
  readonly #columns: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#columns = new Float64Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(8 * (STATS_AT + STATS.length));
  }

  /** `freezes`: how often reading stood still until the main thread had carried out what was decided. */
  write({ ended, bytes, dropped }: SourceCounters, freezes: number, stats: MatcherStats): void {
    const columns = this.#columns;
    for (const [at, name] of COUNTERS.entries()) columns[at] = ended[name];
    columns[BYTES_AT] = bytes;
    columns[DROPPED_AT] = dropped;
    columns[FREEZES_AT] = freezes;
    for (const [at, name] of STATS.entries()) columns[STATS_AT + at] = stats[name];
  }

  counters(): SourceCounters {
    return countersOf(this.#columns);
  }

  static sumOfCounters(boards: readonly Board[]): SourceCounters {
    return countersOf(sumOf(boards.map((board) => board.#columns)));
  }

  static sumOfStats(boards: readonly Board[]): MatcherStats {
    const sum = sumOf(boards.map((board) => board.#columns));
    const entries = STATS.map((name, at) => [name, sum[STATS_AT + at]!] as const);
    return Object.fromEntries(entries) as unknown as MatcherStats;
  }
}

function countersOf(columns: Float64Array): SourceCounters {
  const losses = { dropped: columns[DROPPED_AT]!, freezes: columns[FREEZES_AT]! };
  return namedCounters((into) => into.set(columns.subarray(0, BYTES_AT + 1)), losses);
}

function sumOf(all: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(STATS_AT + STATS.length);
  for (const one of all) for (const [at, value] of one.entries()) sum[at]! += value;
  return sum;
}
