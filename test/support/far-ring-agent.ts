import { openNflog, type NflogOptions } from '../../src/source/nflog.ts';
import { openRing, type RingOptions } from '../../src/source/ring.ts';
import type { SourceCounters, TupleSource } from '../../src/source/source.ts';
import type { TupleBatch } from '../../src/tuple/batch.ts';
import { TUPLE_COLUMNS } from '../../src/tuple/columns.ts';
import type { Interest } from '../../src/matcher/interest.ts';

/** A batch on its way to another process. */
export interface SentBatch {
  /** The same number is the same object. */
  readonly identity: number;
  readonly capacity: number;
  readonly length: number;
  readonly columns: Readonly<Record<string, ArrayBufferView>>;
}

interface Opened {
  readonly source: TupleSource;
  readonly iterator: AsyncIterator<TupleBatch>;
  readonly abort: AbortController;
  readonly batches: TupleBatch[];
}

const opened: Opened[] = [];

async function open(options: Omit<RingOptions | NflogOptions, 'signal'>, isAborted = false) {
  const abort = new AbortController();
  if (isAborted) abort.abort();
  const source = await openEither({ ...options, signal: abort.signal } as
    RingOptions | NflogOptions);
  const iterator = source[Symbol.asyncIterator]();
  const { name, interfaces } = source;
  return { id: opened.push({ source, iterator, abort, batches: [] }) - 1, name, interfaces };
}

function openEither(options: RingOptions | NflogOptions): Promise<TupleSource> {
  return 'groups' in options ? openNflog(options) : openRing(options);
}

async function next(id: number): Promise<SentBatch | undefined> {
  const { iterator, batches } = opened[id]!;
  const { done, value } = await iterator.next();
  if (done === true) return undefined;
  if (!batches.includes(value)) batches.push(value);
  return {
    identity: batches.indexOf(value),
    capacity: value.capacity,
    length: value.length,
    columns: Object.fromEntries(
      TUPLE_COLUMNS.map(([name]) => [name, value[name].slice(0, value.length)]),
    ),
  };
}

/** Counts rows by interface and port until there are so many, or the iteration ends. */
async function count(id: number, atLeast: number): Promise<Record<string, number>> {
  const { source, iterator } = opened[id]!;
  const counts: Record<string, number> = {};
  for (let rows = 0; rows < atLeast;) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    rows += value.length;
    for (let row = 0; row < value.length; row++) {
      const name = `${source.interfaces[value.interface[row]!]} ${value.port[row]}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}

/** Processor time of this process in microseconds. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** What the test may call. */
export const calls = {
  open,
  next,
  count,
  cpuUs,
  counters: (id: number): SourceCounters => opened[id]!.source.counters(),
  setInterest: (id: number, interest: Interest): void => opened[id]!.source.setInterest(interest),
  abort: (id: number): void => opened[id]!.abort.abort(),
  end: async (id: number): Promise<void> => void (await opened[id]!.iterator.return?.()),
  close: (id: number): Promise<void> => opened[id]!.source.close(),
};
