import type { Interest } from '../matcher/interest.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import type { CounterName } from '../tuple/columns.ts';

/**
 * Where tuples come from. Iterating yields one and the same batch, filled anew each time: it is on loan
 * until the next turn of the loop. Aborting or closing ends the iteration; an input that can't be read
 * further throws a `CaptureError` after the batch of what was read before it.
 */
export interface TupleSource extends AsyncIterable<TupleBatch>, AsyncDisposable {
  /** For messages: a file's path, or the interfaces' names joined by commas. */
  readonly name: string;
  /** Names by the `interface` column. */
  readonly interfaces: readonly string[];
  /** Totals since the source was opened. */
  counters(): SourceCounters;
  /** Takes effect between two batches; for a ring, the kernel filter is exchanged without a gap. */
  setInterest(interest: Interest): void;
  close(): Promise<void>;
}

export interface SourceCounters {
  /** Packets read, the sum of all of `ended`. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets that the kernel dropped because nobody was in time to take them; 0 for files. */
  readonly dropped: number;
  /** How often the ring stood still because it was full. */
  readonly freezes: number;
  /**
   * What is wrong with a packet behind its ports (`badChecksum`, `badTransport`) is told of what some door
   * would want; without `everyPacket` the others count as `unwanted`.
   */
  readonly ended: Readonly<Record<CounterName, number>>;
  /** Of a log: what became of its lines. */
  readonly lines?: LineCounters;
}

/** How the lines of a log ended, each in one way; an entry of the journal's export counts as one. */
export interface LineCounters {
  /** The sum of the others. */
  readonly lines: number;
  /** Packets that rules of ours logged. */
  readonly matched: number;
  /** Nothing says that the kernel wrote them. */
  readonly notKernel: number;
  /** The kernel wrote them, but no rule of ours. */
  readonly otherPrefix: number;
  /** Rules of ours logged them, and yet they can't be read. */
  readonly garbled: number;
  /** Longer than a line may be. */
  readonly tooLong: number;
  /** A user's expression had no end in time. */
  readonly tooSlow: number;
}
