import { describe, expect, it } from 'vitest';
import { memorySource, type MemoryTuple } from '../../../src/source/memory.ts';
import { mergedSource } from '../../../src/source/merged.ts';
import type { TupleSource } from '../../../src/source/source.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import type { TupleBatch } from '../../../src/tuple/batch.ts';
import { interestIn } from '../../support/interest.ts';

const ANY = interestIn({ tcp: [1] });

describe('several sources as one', () => {
  it('want something else all of them, or none where one can’t', () => {
    const wanted: unknown[] = [];
    const first = { ...silent(), setInterest: (interest: unknown) => wanted.push(interest) };
    const second = {
      ...silent(),
      setInterest: () => {
        throw Object.assign(new Error('no'), { code: 'ENOMEM' });
      },
    };
    const merged = mergedSource([first, second] as never, ANY);
    const other = interestIn({ tcp: [2] });
    expect(() => merged.setInterest(other)).toThrow(expect.objectContaining({ code: 'ENOMEM' }));
    expect(wanted).toEqual([other, ANY]);
  });

  it('lend what each of them has, each in its own order', async () => {
    const merged = mergedSource([ports([1, 2, 3], 'a'), ports([11, 12], 'b')], ANY);
    const seen: number[] = [];
    for await (const batch of merged) seen.push(batch.port[0]!);
    expect(seen.filter((port) => port < 10)).toEqual([1, 2, 3]);
    expect(seen.filter((port) => port > 10)).toEqual([11, 12]);
    expect(merged.counters()).toMatchObject({ packets: 5, ended: { wanted: 5 } });
  });

  it('keep none of them waiting for another', async () => {
    const merged = mergedSource([silent(), ports([1, 2], 'b')], ANY);
    const seen: number[] = [];
    for await (const batch of merged) {
      seen.push(batch.port[0]!);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1, 2]);
  });

  it('count their interfaces through', async () => {
    const merged = mergedSource([ports([1], 'a'), ports([2], 'b')], ANY);
    expect(merged.interfaces).toEqual(['a', 'b']);
    const names = new Map<number, string>();
    for await (const { port, interface: column } of merged) {
      names.set(port[0]!, merged.interfaces[column[0]!]!);
    }
    expect(Object.fromEntries(names)).toEqual({ 1: 'a', 2: 'b' });
  });

  it('fail with the one that fails', async () => {
    const merged = mergedSource([failing(), silent()], ANY);
    await expect(merged[Symbol.asyncIterator]().next()).rejects.toThrow('broken');
  });

  it('take another interest together, and end together', async () => {
    const merged = mergedSource([ports([1, 2], 'a'), ports([1, 2], 'b')], ANY);
    merged.setInterest(interestIn({ tcp: [2] }));
    const seen: number[] = [];
    for await (const batch of merged) {
      seen.push(batch.port[0]!);
      await merged.close();
    }
    expect(seen).toEqual([2]);
  });
});

function ports(list: readonly number[], name: string): TupleSource {
  const address = parseAddress('192.0.2.1')!;
  const tuples = list.map((port): MemoryTuple => {
    return { source: address, target: address, protocol: 'tcp', port, seconds: port };
  });
  return memorySource(tuples, { capacity: 1, interfaces: [name] });
}

/** As one whose packets never come. */
function silent(): TupleSource {
  return iterating(ports([], 'silent'), () => new Promise(() => {}));
}

function failing(): TupleSource {
  return iterating(ports([], 'failing'), () => Promise.reject(new Error('broken')));
}

function iterating(
  source: TupleSource,
  next: () => Promise<IteratorResult<TupleBatch>>,
): TupleSource {
  return Object.assign(Object.create(source) as TupleSource, {
    [Symbol.asyncIterator]: () => ({ next }),
  });
}
