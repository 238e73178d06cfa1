import { describe, expect, it } from 'vitest';
import { NOTHING, PortQueues } from '../../../../src/matcher/encoded/port-queues.ts';

const CELLS = 6;

function queues(onGone: (filled: number) => void = () => {}): PortQueues {
  return new PortQueues(64, CELLS, 1000, onGone);
}

describe('port queues', () => {
  it('touch no cells for a source that came once', () => {
    const all = queues();
    all.cells.fill(7);
    for (let source = 1; source <= 10_000; source++)
      expect(all.take(source, 1, source, 65_535)).toBe(NOTHING);
    expect(all.cells.every((cell) => cell === 7)).toBe(true);
  });

  it('hand over the first offset with the second, in cells that are empty', () => {
    const all = queues();
    all.cells.fill(7);
    all.take(5, 1, 10, 40_000);
    const queue = all.take(5, 1, 11, 3);
    expect([all.pending, all.filled(queue)]).toEqual([40_000, 0]);
    const start = all.start(queue);
    expect([...all.cells.subarray(start, start + CELLS)]).toEqual([0, 0, 0, 0, 0, 0]);
    all.grow(queue);
    all.grow(queue);
    expect(all.take(5, 1, 12, 9)).toBe(queue);
    expect([all.pending, all.filled(queue)]).toEqual([NOTHING, 2]);
  });

  it('keep those who sent more, and tell of who made room', () => {
    const gone: number[] = [];
    const all = queues((filled) => gone.push(filled));
    all.take(16, 1, 0, 1);
    const kept = all.take(16, 1, 0, 2);
    all.grow(kept);
    all.grow(kept);
    for (let other = 2; other < 100; other++) all.take(16, other, other, 1);
    expect(all.take(16, 1, 100, 3)).toBe(kept);
    expect(all.filled(kept)).toBe(2);
    expect(new Set(gone)).toEqual(new Set([1]));
  });

  it('begin anew with a source that was silent for too long', () => {
    const gone: number[] = [];
    const all = queues((filled) => gone.push(filled));
    all.take(9, 1, 0, 1);
    expect(all.take(9, 1, 1000, 2)).toBe(NOTHING);
    expect(gone).toEqual([1]);
    all.sweepAll(2000);
    expect(gone).toEqual([1, 1]);
  });
});
