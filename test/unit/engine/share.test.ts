import { describe, expect, it } from 'vitest';
import { shareOf } from '../../../src/engine/workers/share.ts';

describe('limits that workers share', () => {
  it.each([
    [2, 1 << 20, 1 << 19],
    [3, 1 << 20, 1 << 18],
    [64, 1024, 16],
    [64, 64, 4],
  ])('among %i, %i attempts are %i each', (workers, maxAttempts, each) => {
    expect(shareOf({ maxAttempts }, workers).matcher.maxAttempts).toBe(each);
  });

  it.each([
    [2, 50, 25],
    [3, 50, 16],
    [64, 50, 1],
    [2, 0, 0],
  ])('among %i, %i lines a second are %i each', (workers, eventLinesPerSecond, each) => {
    expect(shareOf({ eventLinesPerSecond }, workers).matcher.eventLinesPerSecond).toBe(each);
  });

  it('leave each ring slots enough for a burst', () => {
    expect([2, 3, 8, 64].map((workers) => shareOf({}, workers).slots)).toEqual([
      32_768, 16_384, 8192, 4096,
    ]);
  });
});
