import { setTimeout as sleep } from 'node:timers/promises';
import type { TupleBatch } from '../tuple/batch.ts';
import type { TupleSource } from './source.ts';

/**
 * The same tuples at the pace at which they were captured, times `speed`. The source should have been
 * opened with a capacity of one row, so that each tuple waits for its own time.
 */
export function pacedSource(source: TupleSource, speed: number): TupleSource {
  return {
    name: source.name,
    interfaces: source.interfaces,
    counters: () => source.counters(),
    setInterest: (interest) => source.setInterest(interest),
    close: () => source.close(),
    [Symbol.asyncDispose]: () => source[Symbol.asyncDispose](),
    [Symbol.asyncIterator]: () => pace(source, speed),
  };
}

async function* pace(source: TupleSource, speed: number): AsyncGenerator<TupleBatch, void, void> {
  let first: { packetMs: number; clockMs: number } | undefined;
  for await (const batch of source) {
    if (batch.length > 0) {
      const packetMs = batch.seconds[0]! * 1000 + batch.nanoseconds[0]! / 1e6;
      first ??= { packetMs, clockMs: performance.now() };
      const dueMs = first.clockMs + (packetMs - first.packetMs) / speed;
      if (dueMs > performance.now()) await sleep(dueMs - performance.now());
    }
    yield batch;
  }
}
