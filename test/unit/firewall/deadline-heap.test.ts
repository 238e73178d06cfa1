import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineHeap } from '../../../src/firewall/deadline-heap.ts';

describe('a heap of deadlines', () => {
  it('gives out what is due first, postponed or not', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), fc.array(fc.nat(50)), (times, delays) => {
        const heap = new DeadlineHeap<number>();
        for (const dueMs of times) heap.push(dueMs, dueMs);
        const expected = [...times].sort((a, b) => a - b);
        for (const delay of delays) {
          const dueMs = heap.peekMs();
          expect(dueMs).toBe(expected[0]);
          if (dueMs === undefined) break;
          heap.postpone(dueMs + delay);
          expected[0] = dueMs + delay;
          expected.sort((a, b) => a - b);
        }
        while (expected.length > 0) {
          expect(heap.peekMs()).toBe(expected.shift());
          heap.pop();
        }
        expect(heap.size).toBe(0);
        expect(heap.peek()).toBeUndefined();
      }),
    );
  });
});
