import type { Interest } from '../matcher/interest.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import { COUNTERS, type CounterName } from '../tuple/columns.ts';
import { exchangeInterest } from './exchange-interest.ts';
import type { SourceCounters, TupleSource } from './source.ts';

/**
 * Several sources as one: whichever has a batch lends its own. The number of an interface counts through
 * all of them; a source that may get more interfaces must stand last. It ends when all have ended, or
 * fails with the first that fails. `interest`: what all of them have at first.
 */
export function mergedSource(sources: readonly TupleSource[], interest: Interest): TupleSource {
  const [first, ...others] = sources;
  return first !== undefined && others.length === 0 ? first : new MergedSource(sources, interest);
}

/** What a source has answered. */
type Answer = { readonly at: number } & (
  { readonly result: IteratorResult<TupleBatch> } | { readonly error: unknown }
);

class MergedSource implements TupleSource {
  readonly #sources: readonly TupleSource[];
  #interest: Interest;
  #isClosed = false;

  constructor(sources: readonly TupleSource[], interest: Interest) {
    this.#sources = sources;
    this.#interest = interest;
  }

  get name(): string {
    return this.#sources.map(({ name }) => name).join(',');
  }

  get interfaces(): readonly string[] {
    return this.#sources.flatMap(({ interfaces }) => interfaces);
  }

  /** No race of promises: each one would leave something behind at those that stay silent for days. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TupleBatch, void, void> {
    const iterators = this.#sources.map((source) => source[Symbol.asyncIterator]());
    const answers: Answer[] = [];
    let wake: (() => void) | undefined;
    const answer = (one: Answer): void => {
      answers.push(one);
      wake?.();
    };
    const ask = (at: number): void => {
      iterators[at]!.next().then(
        (result) => answer({ at, result }),
        (error: unknown) => answer({ at, error }),
      );
    };
    for (const at of iterators.keys()) ask(at);
    try {
      for (let open = iterators.length; open > 0 && !this.#isClosed;) {
        while (answers.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const one = answers.shift()!;
        if ('error' in one) throw one.error;
        if (one.result.done === true) {
          open--;
        } else {
          this.#renumber(one.result.value, one.at);
          yield one.result.value;
          ask(one.at);
        }
      }
    } finally {
      // Who waits for a packet answers when its source is closed, and not before.
      for (const iterator of iterators) void iterator.return?.();
    }
  }

  counters(): SourceCounters {
    return this.#sources.map((source) => source.counters()).reduce(sum);
  }

  setInterest(interest: Interest): void {
    exchangeInterest(this.#sources, this.#interest, interest);
    this.#interest = interest;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const source of this.#sources) await source.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #renumber({ interface: column, length }: TupleBatch, at: number): void {
    const before = this.#sources.slice(0, at);
    const offset = before.reduce((count, { interfaces }) => count + interfaces.length, 0);
    if (offset > 0) for (let row = 0; row < length; row++) column[row]! += offset;
  }
}

/** Lines are told source by source. */
function sum(a: SourceCounters, b: SourceCounters): SourceCounters {
  const ended = COUNTERS.map((name) => [name, a.ended[name] + b.ended[name]] as const);
  return {
    packets: a.packets + b.packets,
    bytes: a.bytes + b.bytes,
    dropped: a.dropped + b.dropped,
    freezes: a.freezes + b.freezes,
    ended: Object.fromEntries(ended) as Record<CounterName, number>,
  };
}
