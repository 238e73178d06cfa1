import type { Tickets } from '../engine/engine.ts';
import type { KnockBook } from '../engine/knock-book.ts';
import { largePages } from '../engine/large-pages.ts';
import { MatchHere } from '../engine/match-here.ts';
import type { DoorSet, Matching } from '../engine/matching.ts';
import type { Workers } from '../engine/workers/workers.ts';
import { Matcher } from '../matcher/matcher.ts';
import type { SourceCounters, TupleSource } from '../source/source.ts';
import { asConfigured, type Reading } from './as-configured.ts';
import type { LiveSources } from './live-sources.ts';
import type { PacketLines } from './packet-lines.ts';

/** How a daemon hears packets, and what takes them through a matcher. */
export interface Hearing {
  readonly matching: Matching;
  /** One by one, whatever packets are heard by. */
  readonly each: readonly Pick<TupleSource, 'name' | 'counters'>[];
  counters(): SourceCounters;
  /** Totals are of now when this is done. */
  settle(): Promise<void>;
  /** How far the wall clock has been set ahead since the start, in microseconds. */
  wallShift(): number;
  /** Whether packets lie there that have not been taken. */
  hasFrames(): boolean;
  /** Who marks encoded knocks as used, so that all who read them know. */
  marking(book: KnockBook): Tickets;
  /** No more packets: `matching.run` returns. */
  close(): Promise<void>;
}

/** Everything in this thread. */
export function hearHere(
  sources: LiveSources,
  { compiled }: DoorSet,
  reading: Reading,
  lines: PacketLines | undefined,
): Hearing {
  const source = asConfigured(sources, reading, lines);
  const matcher = new Matcher(compiled, {
    ...reading.configuration.options,
    memory: largePages(),
  });
  return {
    matching: new MatchHere(source, matcher, compiled.interest),
    each: sources.all,
    counters: () => source.counters(),
    settle: () => Promise.resolve(),
    wallShift: () => sources.wallShift(),
    hasFrames: () => sources.hasFrames(),
    marking: (book) => book,
    close: async () => {
      await source.close();
      await sources.close();
    },
  };
}

/** Packets in threads of their own, what comes of them in this one. */
export function hearInWorkers(workers: Workers): Hearing {
  return {
    matching: workers,
    each: workers.each,
    counters: () => workers.counters(),
    settle: () => workers.tell(),
    wallShift: () => workers.wallShift(),
    hasFrames: () => workers.hasFrames(),
    marking: (book) => ({
      spend: (ticket, source, seconds) => {
        const refusal = book.spend(ticket, source, seconds);
        const { series } = ticket;
        if (refusal === undefined) workers.used(series, book.usedUpTo().get(series) ?? -1);
        return refusal;
      },
    }),
    close: () => workers.close(),
  };
}
