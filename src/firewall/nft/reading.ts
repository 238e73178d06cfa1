import { monotonicMs } from '../clock.ts';
import type { ReadElements } from './comparison.ts';
import type { ElementRows } from './element-rows.ts';

/** The pieces of sets, each read when it is its turn. */
export function* readInPieces(
  sets: readonly number[],
  read: (set: number) => Iterable<ElementRows>,
): Generator<ReadElements, void> {
  for (const set of sets) {
    let fromMs = monotonicMs();
    for (const rows of read(set)) {
      yield { set, rows, fromMs, toMs: monotonicMs() };
      fromMs = monotonicMs();
    }
  }
}
