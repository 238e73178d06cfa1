import { describe, expect, it } from 'vitest';
import { EventBudget } from '../../../src/matcher/event-budget.ts';
import { PacketClock } from '../../../src/matcher/packet-clock.ts';

/** How many lines pass in each second, of those that were asked for in it. */
function passing(perSecond: number, asked: Readonly<Record<number, number>>): number[] {
  const clock = new PacketClock();
  const budget = new EventBudget(perSecond, clock);
  return Object.entries(asked).map(([second, count]) => {
    clock.see(Number(second), 0);
    return Array.from({ length: count }, () => budget.take()).filter(Boolean).length;
  });
}

describe('the budget of event lines', () => {
  it.each([
    ['lets each second have its lines', { 1: 50, 2: 50, 3: 7 }, [50, 50, 7]],
    [
      'gives a flood its lines once, and a twentieth from then on',
      { 1: 99, 2: 99, 3: 99 },
      [50, 3, 3],
    ],
    [
      'gives all of them again after a second without a flood',
      { 1: 99, 2: 50, 3: 99 },
      [50, 3, 50],
    ],
    ['gives all of them again after a second without a line', { 1: 99, 3: 99 }, [50, 50]],
  ])('%s', (_, asked, passed) => {
    expect(passing(50, asked)).toEqual(passed);
  });

  it('has one line a second for a flood at least, and none too few without a limit', () => {
    expect(passing(1, { 1: 9, 2: 9 })).toEqual([1, 1]);
    expect(passing(0, { 1: 9999, 2: 9999 })).toEqual([9999, 9999]);
  });
});
