import type { Interest } from '../../src/matcher/interest.ts';
import type { NflogOptions } from '../../src/source/nflog.ts';
import type { RingOptions } from '../../src/source/ring.ts';
import type { SourceCounters } from '../../src/source/source.ts';
import { allocateBatch, type TupleBatch } from '../../src/tuple/batch.ts';
import type { SourceUnderTest } from '../contract/source.contract.ts';
import type { Agent } from './agent-client.ts';
import type { SentBatch } from './far-ring-agent.ts';

/** A ring, or a packet log, that far-ring-agent.ts runs in its namespace. */
export interface FarRing extends SourceUnderTest {
  counters(): Promise<SourceCounters>;
  setInterest(interest: Interest): Promise<void>;
  /** Takes rows until there are so many: how many came of each, as `"srv0 7000"`. */
  count(atLeast: number): Promise<Readonly<Record<string, number>>>;
}

/** `whenIterated` is called once, when the iteration begins. */
export async function farRing(
  agent: Agent,
  { signal, ...options }: RingOptions | NflogOptions,
  whenIterated: () => void = () => {},
): Promise<FarRing> {
  const { id, name, interfaces } = await agent.call<Opened>('open', options, signal?.aborted);
  signal?.addEventListener('abort', () => void agent.call('abort', id));
  return {
    name,
    interfaces,
    counters: () => agent.call('counters', id),
    setInterest: (interest) => agent.call('setInterest', id, interest),
    count: (atLeast) => agent.call('count', id, atLeast),
    close: () => agent.call('close', id),
    [Symbol.asyncDispose]: () => agent.call('close', id),
    async *[Symbol.asyncIterator]() {
      const batches: TupleBatch[] = [];
      whenIterated();
      try {
        for (;;) {
          const sent = await agent.call<SentBatch | undefined>('next', id);
          if (sent === undefined) return;
          yield received(sent, (batches[sent.identity] ??= allocateBatch(sent.capacity)));
        }
      } finally {
        await agent.call('end', id);
      }
    },
  };
}

interface Opened {
  readonly id: number;
  readonly name: string;
  readonly interfaces: readonly string[];
}

/** The same object over there is the same object here. */
function received({ length, columns }: SentBatch, batch: TupleBatch): TupleBatch {
  const views = batch as unknown as Record<string, { set(from: ArrayBufferView): void }>;
  for (const [name, column] of Object.entries(columns)) views[name]!.set(column);
  batch.length = length;
  return batch;
}
