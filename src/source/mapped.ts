import type { Interest } from '../matcher/interest.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import type { SourceCounters, TupleSource } from './source.ts';

/** A source whose batches go through a function first. The loan passes on with them. */
export function mappedSource(
  inner: TupleSource,
  map: (batches: AsyncIterable<TupleBatch>) => AsyncIterator<TupleBatch>,
): TupleSource {
  return new MappedSource(inner, map);
}

class MappedSource implements TupleSource {
  readonly #inner: TupleSource;
  readonly #map: (batches: AsyncIterable<TupleBatch>) => AsyncIterator<TupleBatch>;

  constructor(
    inner: TupleSource,
    map: (batches: AsyncIterable<TupleBatch>) => AsyncIterator<TupleBatch>,
  ) {
    this.#inner = inner;
    this.#map = map;
  }

  get name(): string {
    return this.#inner.name;
  }

  get interfaces(): readonly string[] {
    return this.#inner.interfaces;
  }

  [Symbol.asyncIterator](): AsyncIterator<TupleBatch> {
    return this.#map(this.#inner);
  }

  counters(): SourceCounters {
    return this.#inner.counters();
  }

  setInterest(interest: Interest): void {
    this.#inner.setInterest(interest);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
