import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScanCounts } from '../../../src/matcher/scan-counts.ts';

const LIMIT = 3;
const WINDOW_MS = 100;

describe('counting what sources do', () => {
  it('tells of a source once its different things reach the limit within the window', () => {
    const counts = new ScanCounts(LIMIT, WINDOW_MS);
    expect([1, 2, 2, 1].map((item) => counts.add(7, 7, item, 0))).not.toContain(true);
    expect(counts.add(7, 8, 3, 0)).toBe(false);
    expect(counts.add(7, 7, 3, 99)).toBe(true);
    expect(counts.add(7, 7, 4, 99)).toBe(false);
  });

  it('forgets what lies a window back, however slow a source is', () => {
    const counts = new ScanCounts(LIMIT, WINDOW_MS);
    const told = Array.from({ length: 50 }, (_, item) => counts.add(1, 1, item, item * 51));
    expect(told).not.toContain(true);
  });

  it('finds a scanner among a million others, in the same memory', () => {
    let bytes = 0;
    const counts = new ScanCounts(LIMIT, WINDOW_MS, (size) => {
      bytes += size;
      return new ArrayBuffer(size);
    });
    const before = bytes;
    let found = false;
    for (let source = 0; source < 1_000_000; source++) {
      counts.add(Math.imul(source, 0x9e37_79b1), source, 1, source / 1000);
      if (source % 1000 === 0) found ||= counts.add(5, 5, source, source / 1000);
    }
    expect(found).toBe(true);
    expect(bytes).toBe(before);
  });

  it('agrees with a list of everything that a few sources did', () => {
    const act = fc.tuple(fc.nat(2), fc.nat(4), fc.nat(60));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const counts = new ScanCounts(LIMIT, WINDOW_MS);
        const done: { source: number; item: number; atMs: number }[] = [];
        const toldMs = new Map<number, number>();
        let nowMs = 0;
        for (const [source, item, stepMs] of acts) {
          nowMs += stepMs;
          done.push({ source, item, atMs: nowMs });
          const recent = done.filter(
            (each) => each.source === source && each.atMs > nowMs - WINDOW_MS,
          );
          const isMany = new Set(recent.map((each) => each.item)).size >= LIMIT;
          const isTold = nowMs - (toldMs.get(source) ?? -Infinity) < WINDOW_MS;
          const expected = isMany && !isTold;
          if (expected) toldMs.set(source, nowMs);
          expect(counts.add(source, source, item, nowMs)).toBe(expected);
        }
      }),
    );
  });
});
