import { setImmediate as turn } from 'node:timers/promises';
import { monotonicMs } from '../clock.ts';
import type { ElementRows } from './element-rows.ts';

/**
 * By grant, when the kernel ends its last element. The loop has a turn between any two pieces: to read
 * 60,000 elements at once takes a tenth of a second.
 */
export async function kernelEnds(
  sets: readonly Iterable<ElementRows>[],
): Promise<ReadonlyMap<number, number>> {
  const ends = new Map<number, number>();
  for (const pieces of sets) {
    for (const rows of pieces) {
      noteEnds(rows, monotonicMs(), ends);
      await turn();
    }
  }
  return ends;
}

function noteEnds(
  { grant, timeoutMs, capacity }: ElementRows,
  nowMs: number,
  ends: Map<number, number>,
): void {
  for (let row = 0; row < capacity; row++) {
    const [id, untilMs] = [grant[row]!, nowMs + timeoutMs[row]!];
    if (untilMs > (ends.get(id) ?? 0)) ends.set(id, untilMs);
  }
}
