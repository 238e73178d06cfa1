import { monotonicMs } from '../clock.ts';
import type { ReadElements } from './comparison.ts';
import type { Keeper } from './keeper.ts';

/** The pieces of sets, each read when it is its turn. */
export function* readInPieces(
  keeper: Pick<Keeper, 'readSetInPieces'>,
  sets: readonly number[],
): Generator<ReadElements, void> {
  for (const set of sets) {
    let fromMs = monotonicMs();
    for (const rows of keeper.readSetInPieces(set)) {
      yield { set, rows, fromMs, toMs: monotonicMs() };
      fromMs = monotonicMs();
    }
  }
}
