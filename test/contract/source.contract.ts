import { afterEach, describe, expect, it } from 'vitest';
import type { Interest } from '../../src/matcher/interest.ts';
import type { SourceCounters, TupleSource } from '../../src/source/source.ts';
import { formatAddress } from '../../src/tuple/address.ts';
import { TRAIT, type TupleBatch } from '../../src/tuple/batch.ts';
import { interestIn, SYN } from '../support/interest.ts';

/** A packet that a source is to deliver, TCP unless it has no flags. */
export interface Knock {
  readonly from: string;
  readonly port: number;
  /** TCP flags; undefined: UDP. */
  readonly flags?: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

export interface OpenOptions {
  readonly interest: Interest;
  readonly signal?: AbortSignal;
  readonly capacity?: number;
  readonly sourceKey?: Uint8Array;
}

/** A source in this process, or one in another that answers by promises. */
export interface SourceUnderTest extends Omit<TupleSource, 'counters' | 'setInterest'> {
  counters(): SourceCounters | Promise<SourceCounters>;
  setInterest(interest: Interest): void | Promise<void>;
}

/** How one kind of source is put to the test. */
export interface SourceAdapter {
  /** A source that delivers these packets, in order, soon after its iteration begins. */
  open(knocks: readonly Knock[], options: OpenOptions): Promise<SourceUnderTest>;
  /** Whether it sees every packet and ends behind the last one; a live one sees what the kernel filter lets through. */
  readonly isRecorded: boolean;
  /** Promises that this source does not make, and why. */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

/** What every source of tuples must do. */
export function sourceContract(name: string, adapter: SourceAdapter): void {
  const deviations = new Set((adapter.skip ?? []).flatMap(({ tests }) => tests));
  const test = (title: string, run: () => Promise<void>): void => {
    if (!deviations.delete(title)) it(title, run);
  };

  describe(`a source of tuples: ${name}`, () => {
    const opened: SourceUnderTest[] = [];
    afterEach(async () => {
      for (const source of opened.splice(0)) await source.close();
    });
    const open = async (
      knocks: readonly Knock[],
      more: Partial<OpenOptions> = {},
    ): Promise<SourceUnderTest> => {
      const source = await adapter.open(knocks, { interest: WANTED, ...more });
      opened.push(source);
      return source;
    };

    test('delivers what is wanted, once and in order', async () => {
      const source = await open(KNOCKS);
      const rows = await take(source, 4);
      expect(
        rows.map(({ from, port, protocol, flags }) => ({ from, port, protocol, flags })),
      ).toEqual([
        { from: '203.0.113.9', port: 7000, protocol: 6, flags: 2 },
        { from: '203.0.113.10', port: 7001, protocol: 6, flags: 0xc2 },
        { from: '203.0.113.9', port: 7002, protocol: 17, flags: 0 },
        { from: '2001:db8::9', port: 7000, protocol: 6, flags: 2 },
      ]);
    });

    test('tells IPv4 from IPv6 by its traits, and a whole header', async () => {
      const rows = await take(await open(KNOCKS), 4);
      const family = (row: Taken): number => row.traits & (TRAIT.ipv4 | TRAIT.ipv6);
      expect(rows.map(family)).toEqual([TRAIT.ipv4, TRAIT.ipv4, TRAIT.ipv4, TRAIT.ipv6]);
      expect(rows.every(({ traits }) => (traits & TRAIT.complete) !== 0)).toBe(true);
    });

    test('lends one and the same batch, never fuller than its capacity', async () => {
      const source = await open(KNOCKS, { capacity: 1 });
      const batches = new Set<TupleBatch>();
      let rows = 0;
      for await (const batch of source) {
        batches.add(batch);
        expect(batch.length).toBe(1);
        rows += batch.length;
        if (rows === 4) break;
      }
      expect(batches.size).toBe(1);
    });

    test('counts every packet in exactly one counter', async () => {
      const source = await open(KNOCKS);
      await take(source, 4);
      const { packets, ended, dropped } = await source.counters();
      expect(Object.values(ended).reduce((sum, count) => sum + count)).toBe(packets);
      expect(ended.wanted).toBe(4);
      expect(dropped).toBe(0);
      if (adapter.isRecorded) expect(ended.unwanted).toBe(2);
    });

    test('keeps counting up, and can be asked after it was closed', async () => {
      const source = await open(KNOCKS);
      expect((await source.counters()).packets).toBe(0);
      await take(source, 4);
      const before = await source.counters();
      await source.close();
      expect(await source.counters()).toEqual(before);
    });

    test('gives one source one key, another source another', async () => {
      const [a, b, again, six] = await take(await open(KNOCKS), 4);
      expect(again!.key).toBe(a!.key);
      expect(new Set([a!.key, b!.key, six!.key]).size).toBe(3);
    });

    test('gives other keys where the secret is another', async () => {
      const [row] = await take(await open(KNOCKS), 1);
      const [other] = await take(await open(KNOCKS, { sourceKey: new Uint8Array(16).fill(1) }), 1);
      expect(other!.key).not.toBe(row!.key);
    });

    test('takes another interest between two batches', async () => {
      const source = await open(KNOCKS, { capacity: 1 });
      const ports: number[] = [];
      for await (const batch of source) {
        ports.push(batch.port[0]!);
        await source.setInterest(interestIn({ udp: [7002] }));
        if (ports.includes(7002)) break;
      }
      // What a live source had already taken from the kernel may still come.
      expect(ports.at(0)).toBe(7000);
      expect(ports.at(-1)).toBe(7002);
      if (adapter.isRecorded) expect(ports).toEqual([7000, 7002]);
    });

    test('ends without an error when its signal is aborted', async () => {
      const abort = new AbortController();
      const source = await open(KNOCKS, { signal: abort.signal, capacity: 1 });
      let rows = 0;
      for await (const batch of source) {
        rows += batch.length;
        abort.abort();
      }
      expect(rows).toBe(1);
    });

    test('delivers nothing if its signal was aborted before', async () => {
      const source = await open(KNOCKS, { signal: AbortSignal.abort() });
      for await (const batch of source) expect.unreachable(`a batch of ${batch.length}`);
    });

    test('ends when it is closed, which may be done twice', async () => {
      const source = await open(KNOCKS, { capacity: 1 });
      let rows = 0;
      for await (const batch of source) {
        rows += batch.length;
        await source.close();
      }
      await source.close();
      expect(rows).toBe(1);
    });

    test('has a name, and a name for each interface', async () => {
      const source = await open(KNOCKS);
      const [row] = await take(source, 1);
      expect(source.name).not.toBe('');
      expect(source.interfaces.length).toBeGreaterThan(row!.interface);
    });

    test('loses nothing of the time', async () => {
      const rows = await take(await open(KNOCKS), 4);
      expect(rows.map(({ seconds, nanoseconds }) => [seconds, nanoseconds])).toEqual(
        KNOCKS.filter(({ port }) => port !== 9)
          .filter(({ flags }) => flags !== 16)
          .map(({ seconds, nanoseconds }) => [seconds, nanoseconds]),
      );
    });

    test('ends behind the last packet', async () => {
      const source = await open(KNOCKS);
      let rows = 0;
      for await (const batch of source) rows += batch.length;
      expect(rows).toBe(4);
    });

    test('lets the event loop turn while it works through much', async () => {
      const many = Array.from({ length: 20_000 }, () => KNOCKS[0]!);
      const source = await open(many, { capacity: 64 });
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      for await (const batch of source) workFor(batch.length / 1000);
      clearInterval(timer);
      expect((await source.counters()).packets).toBe(20_000);
      expect(turns).toBeGreaterThan(0);
    });

    if (deviations.size > 0) throw new Error(`no such tests: ${[...deviations].join('; ')}`);
  });
}

/** Keeps the processor busy, as a matcher does. */
function workFor(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

const WANTED = interestIn({ tcp: [7000, 7001], udp: [7002], tcpFlags: SYN });

/** Four that are wanted, one of the wrong port and one of the wrong flags. */
const KNOCKS: readonly Knock[] = [
  { from: '203.0.113.9', port: 7000, flags: 2, seconds: 1_700_000_000, nanoseconds: 1000 },
  { from: '203.0.113.9', port: 9, flags: 2, seconds: 1_700_000_000, nanoseconds: 2000 },
  {
    from: '203.0.113.10',
    port: 7001,
    flags: 0xc2,
    seconds: 1_700_000_000,
    nanoseconds: 999_999_000,
  },
  { from: '203.0.113.9', port: 7000, flags: 16, seconds: 1_700_000_001, nanoseconds: 0 },
  { from: '203.0.113.9', port: 7002, seconds: 1_700_000_001, nanoseconds: 5000 },
  { from: '2001:db8::9', port: 7000, flags: 2, seconds: 4_294_967_295, nanoseconds: 6000 },
];

interface Taken {
  readonly from: string;
  readonly port: number;
  readonly protocol: number;
  readonly flags: number;
  readonly traits: number;
  readonly interface: number;
  readonly key: string;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The first rows of a source; more of the same batch are thrown away. */
async function take(source: SourceUnderTest, count: number): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  for await (const batch of source) {
    for (let row = 0; row < batch.length; row++) taken.push(takeRow(batch, row));
    if (taken.length >= count) break;
  }
  return taken.slice(0, count);
}

function takeRow(batch: TupleBatch, row: number): Taken {
  const { source0, source1, source2, source3, traits } = batch;
  const words = [source0[row]!, source1[row]!, source2[row]!, source3[row]!] as const;
  const family = (traits[row]! & TRAIT.ipv6) === 0 ? 4 : 6;
  return {
    from: formatAddress({ family, words }),
    port: batch.port[row]!,
    protocol: batch.protocol[row]!,
    flags: batch.flags[row]!,
    traits: traits[row]!,
    interface: batch.interface[row]!,
    key: `${batch.key0[row]} ${batch.key1[row]}`,
    seconds: batch.seconds[row]!,
    nanoseconds: batch.nanoseconds[row]!,
  };
}
