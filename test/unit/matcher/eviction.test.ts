import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttemptTable, tickLimits, WAYS } from '../../../src/matcher/attempt-table.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import type { Decision } from '../../../src/matcher/decision.ts';
import type { TableMemory } from '../../../src/matcher/table-memory.ts';
import { allocateBatch, type TupleBatch } from '../../../src/tuple/batch.ts';
import { TestMatcher, opened, syns } from '../../support/decide.ts';
import { door } from '../../support/door.ts';
import { seeded } from '../../support/seeded.ts';

const ssh = door('7000,8000,9000', { name: 'ssh' });
const LIMITS = tickLimits(Uint32Array.of(1000), Uint32Array.of(100));

describe('the way that a newcomer takes', () => {
  const way = fc.record({
    isFree: fc.integer({ min: 0, max: 5 }).map((roll) => roll === 0),
    stage: fc.integer({ min: 0, max: 4 }),
    age: fc.integer({ min: 0, max: 1500 }),
  });
  const bucket = fc.tuple(way, way, way, way);
  const tick = fc.constantFrom(2000, 0x7fff_ffff, -0x8000_0000, -1);

  it('is free or over if any is, else holds go first, then the lowest stage, then the oldest', () => {
    fc.assert(
      fc.property(bucket, tick, (ways, now) => {
        const chosen = tableOf(ways, now).wayFor(0, now, false, LIMITS);
        expect(chosen).toBeGreaterThanOrEqual(0);
        expect(rank(ways[chosen]!)).toEqual(ways.map(rank).reduce(lower));
      }),
      { numRuns: 2000 },
    );
  });

  it('is never an attempt’s under way, if the newcomer is a hold', () => {
    fc.assert(
      fc.property(bucket, tick, (ways, now) => {
        const chosen = tableOf(ways, now).wayFor(0, now, true, LIMITS);
        const isTakeable = (one: Way): boolean => one.stage === 0 || rank(one)[0] === 0;
        expect(chosen >= 0).toBe(ways.some(isTakeable));
        if (chosen >= 0) expect(isTakeable(ways[chosen]!)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the way that a newcomer takes among attempts under way', () => {
  const old = fc.integer({ min: 0, max: 0xffff_fffe });
  const way = fc.record({
    isFree: fc.constant(false),
    stage: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 127 })),
    age: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3_000_000 }), old),
  });

  it('is of the lowest stage, then the oldest, then the first, however long windows are', () => {
    const limits = tickLimits(Uint32Array.of(0xffff_ffff), Uint32Array.of(0));
    fc.assert(
      fc.property(fc.tuple(way, way, way, way), fc.integer(), (ways, now) => {
        const chosen = tableOf(ways, now).wayFor(0, now, false, limits);
        const [first] = [0, 1, 2, 3].sort((a, b) => {
          return ways[a]!.stage - ways[b]!.stage || ways[b]!.age - ways[a]!.age;
        });
        expect(chosen).toBe(first);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a full table', () => {
  it('always has a way for the newest: each first knock can be followed by the second at once', () => {
    const pair = door('7000,8000', { name: 'pair' });
    const test = new TestMatcher([pair], { maxAttempts: 4 });
    for (let source = 0; source < 200; source++) {
      const from = `10.0.${source >> 4}.${source & 15}`;
      expect(opened(test.decide(syns([7000, 8000], { from })))).toEqual([`${from} pair`]);
      test.decide(syns([7000], { from: `10.1.${source >> 4}.${source & 15}` }));
    }
  });

  it('lets those further along stay', () => {
    const test = new TestMatcher([ssh], { maxAttempts: 4 });
    test.decide(syns([7000, 8000], { from: '10.0.0.1' }));
    for (let source = 0; source < 100; source++)
      test.decide(syns([7000], { from: `10.1.0.${source}` }));
    expect(opened(test.decide(syns([9000], { from: '10.0.0.1' })))).toEqual(['10.0.0.1 ssh']);
  });

  it('is not filled by near-complete attempts under false names', () => {
    const test = new TestMatcher([ssh], { maxAttempts: 4 });
    for (let source = 0; source < 8; source++) {
      test.decide(syns([7000, 8000], { from: `10.1.0.${source}` }));
    }
    expect(opened(test.decide(syns([7000, 8000, 9000])))).toEqual(['203.0.113.9 ssh']);
  });

  it('loses no attempt to tripwire hits under false names', () => {
    const test = new TestMatcher([ssh], { maxAttempts: 4 });
    test.decide(syns([7000]));
    for (let source = 0; source < 100; source++)
      test.decide(syns([7001], { from: `10.1.0.${source}` }));
    expect(opened(test.decide(syns([8000, 9000])))).toEqual(['203.0.113.9 ssh']);
  });

  it('gives the way of a hold before that of an attempt', () => {
    const test = new TestMatcher([ssh], { maxAttempts: 4 });
    test.decide([...syns([7000], { from: '10.0.0.1' }), ...syns([7001], { from: '10.0.0.2' })]);
    for (const from of ['10.0.0.3', '10.0.0.4', '10.0.0.5']) test.decide(syns([7000], { from }));
    expect(test.matcher.stats().evicted).toBe(0);
    expect(opened(test.decide(syns([8000, 9000], { from: '10.0.0.1' })))).toHaveLength(1);
  });

  it('tells of an eviction where a line has told of the attempt, and counts it always', () => {
    const test = new TestMatcher([ssh], { maxAttempts: 4, eventLinesPerSecond: 3 });
    const sources = Array.from({ length: 6 }, (_, at) => ({
      tcp: 7000,
      from: `10.0.0.${at}`,
      at: 100 + at / 100,
    }));
    test.decide(sources);
    expect(test.decide([{ tcp: 7000, from: '10.0.1.1', at: 102 }])).toEqual([
      '10.0.1.1 ssh stage 1',
      '10.0.0.2 ssh refuse 1: evicted',
    ]);
    expect(test.matcher.stats().evicted).toBe(3);
  });
});

describe('R-20 a flood under false names', () => {
  it('that gets each of 200,000 sources to the last stage but one keeps nobody out and opens nothing', () => {
    const flood = new Flood(1 << 18);
    for (const port of [7000, 8000]) flood.send(port, 200_000);
    expect(flood.legitimate(20)).toBeGreaterThanOrEqual(19);
    expect(flood.opened).toBe(20);
  });

  it('of first knocks that outnumber the table many times keeps hardly anybody out', () => {
    const flood = new Flood(1 << 14);
    flood.send(7000, 200_000);
    // Between two knocks of somebody real come as many false ones as a fourth of the table holds.
    expect(flood.legitimate(20, 1 << 12)).toBeGreaterThanOrEqual(18);
  });

  it('never takes more than the table', () => {
    const flood = new Flood(1 << 12);
    flood.send(7000, 50_000);
    expect(flood.matcher.attempts).toBeLessThanOrEqual(1 << 12);
  });
});

describe('the memory of a table', () => {
  it('is put in order once, when an eighth of its ways are in use', () => {
    const settled: Uint8Array[] = [];
    const given: Uint8Array[] = [];
    const memory: TableMemory = {
      allocate: (bytes) => {
        // As from an allocator that has other things in the same buffer.
        given.push(new Uint8Array(new ArrayBuffer(bytes + 128), 64, bytes));
        return given.at(-1)!;
      },
      settle: (bytes) => settled.push(bytes),
    };
    const flood = new Flood(1 << 12, memory);
    flood.send(7000, 400);
    expect(flood.matcher.attempts).toBe(400);
    expect(settled).toEqual([]);
    flood.send(7000, 600);
    flood.send(7000, 50_000);
    expect(settled).toHaveLength(1);
    expect(settled[0]).toBe(given[0]);
    for (const { buffer, byteOffset, length } of given) {
      const around = new Uint8Array(buffer);
      expect(around.subarray(0, byteOffset).every((byte) => byte === 0)).toBe(true);
      expect(around.subarray(byteOffset + length).every((byte) => byte === 0)).toBe(true);
    }
  });
});

interface Way {
  readonly isFree: boolean;
  readonly stage: number;
  readonly age: number;
}

function tableOf(ways: readonly Way[], tick: number): AttemptTable {
  const table = new AttemptTable(WAYS);
  for (const [slot, { isFree, stage, age }] of ways.entries()) {
    if (!isFree) table.put(slot, slot, slot, 0, stage, (tick - age) | 0, 0, 0);
  }
  return table;
}

/** Lower goes first: [free or over, stage, youth]. */
function rank({ isFree, stage, age }: Way): [number, number, number] {
  const isOver = age >= (stage === 0 ? LIMITS.hold : LIMITS.window)[0]!;
  return isFree || isOver ? [0, 0, 0] : [1, stage, -age];
}

function lower(a: [number, number, number], b: [number, number, number]): [number, number, number] {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at < 0 || a[at]! < b[at]! ? a : b;
}

/** Spoofed knocks by the batch, a microsecond apart, and real knockers among them. */
class Flood {
  readonly matcher: Matcher;
  opened = 0;
  readonly #batch: TupleBatch = allocateBatch(4096);
  #sent = 0;

  constructor(maxAttempts: number, memory?: TableMemory) {
    const options = { maxAttempts, eventLinesPerSecond: 50, memory };
    this.matcher = new Matcher(compileDoors([ssh]), options);
  }

  /** One knock from each of so many sources; the same sources in each call. */
  send(port: number, sources: number, seed = 1): void {
    const random = seeded(seed);
    for (let left = sources; left > 0; left -= this.#batch.capacity) {
      const count = Math.min(left, this.#batch.capacity);
      for (let row = 0; row < count; row++) {
        this.#fill(row, port, random() * 0x1_0000_0000, random() * 0x1_0000_0000);
      }
      this.#match(count);
    }
  }

  /** How many of so many real knockers get in, with so many false first knocks between two of their own. */
  legitimate(knockers: number, between = 0): number {
    const before = this.opened;
    const random = seeded(99);
    for (let knocker = 0; knocker < knockers; knocker++) {
      const [key0, key1] = [random() * 0x1_0000_0000, random() * 0x1_0000_0000];
      for (const port of [7000, 8000, 9000]) {
        this.#fill(0, port, key0, key1);
        this.#match(1);
        if (between > 0) this.send(7000, between, 1000 + this.#sent);
      }
    }
    return this.opened - before;
  }

  #fill(row: number, port: number, key0: number, key1: number): void {
    const batch = this.#batch;
    const atUs = this.#sent++;
    batch.seconds[row] = 1000 + Math.floor(atUs / 1e6);
    batch.nanoseconds[row] = (atUs % 1e6) * 1000;
    batch.protocol[row] = 6;
    batch.port[row] = port;
    batch.flags[row] = 2;
    batch.key0[row] = key0;
    batch.key1[row] = key1;
  }

  #match(length: number): void {
    const decisions: Decision[] = [];
    this.#batch.length = length;
    this.matcher.match(this.#batch, decisions);
    this.opened += decisions.filter(({ kind }) => kind === 'open').length;
  }
}
