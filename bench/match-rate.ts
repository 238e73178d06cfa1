import Benchmark from 'benchmark';
import { allocateBatch, type TupleBatch } from 'postern';
import { spread } from './stats.ts';
import { mix, putKnock } from './workload/tuples.ts';

const ROWS = 4096;
/** Batches that one operation picks from, in turn: more sources than a processor's caches hold. */
const BATCHES = 256;

/** Matches a batch; the number of what came of it, which is to be used, so that nothing can be left out. */
export type Match = (batch: TupleBatch) => number;

let sink = 0;

/** Nanoseconds a tuple, by Benchmark.js; one operation is one batch. */
export function matchRate(match: Match, batches: readonly TupleBatch[], seconds: number): number {
  let next = 0;
  const benchmark = new Benchmark({
    fn: () => {
      const batch = batches[next++ % BATCHES]!;
      batch.seconds.fill(1_700_000_000 + Math.floor(next / 100));
      sink += match(batch);
    },
    maxTime: seconds,
  });
  benchmark.run();
  if (sink < 0) throw new Error('unreachable: counts only grow');
  return (spread(benchmark.stats.sample).median * 1e9) / ROWS;
}

/** Packets to one port, each from a source of its own. */
export function batchesOf(port: number): readonly TupleBatch[] {
  return Array.from({ length: BATCHES }, (_, seed) => makeBatch(seed, port));
}

function makeBatch(seed: number, port: number): TupleBatch {
  const batch = allocateBatch(ROWS);
  for (let row = 0; row < ROWS; row++) {
    batch.nanoseconds[row] = row;
    putKnock(batch, row, mix(seed * ROWS + row), port);
  }
  batch.length = ROWS;
  return batch;
}
