import { describe, expect, it } from 'vitest';
import { WAYS } from '../../../src/matcher/attempt-table.ts';
import { assignLanes } from '../../../src/matcher/lanes.ts';
import { decide } from '../../support/decide.ts';
import { door } from '../../support/door.ts';

const ATTEMPTS = 2;

describe('lanes', () => {
  it('give each of a few doors ways of its own', () => {
    const lanes = assignLanes(doorsFrom((at) => 1000 + at, 32));
    expect(mostInOne(lanes) * ATTEMPTS).toBeLessThanOrEqual(WAYS);
  });

  it('are no more for ten thousand doors than for a few dozen', () => {
    const lanes = assignLanes(doorsFrom((at) => 1000 + at, 10_000));
    expect(new Set(lanes).size).toBe(16);
  });

  it('are as many as the doors that begin with one port need, whoever stands between them', () => {
    const lanes = assignLanes(doorsFrom((at) => (at % 2 === 0 ? 1000 : 1001 + at), 200));
    const crowded = lanes.filter((_, at) => at % 2 === 0);
    expect(mostInOne(crowded) * ATTEMPTS).toBeLessThanOrEqual(WAYS);
  });

  it.each([0, 57, 99])(
    'let a source open number %i of a hundred doors on one first port',
    (nth) => {
      const doors = doorsFrom(() => 1000, 100);
      const log = decide(doors, [{ tcp: 1000 }, { tcp: 30_000 + nth }]);
      expect(log.filter((line) => line.endsWith(' open'))).toEqual([`203.0.113.9 door${nth} open`]);
    },
  );

  it('give none to encoded doors and to doors of one step', () => {
    expect(assignLanes([{ ...door('1000'), steps: [] }, door('1000')])).toEqual([0, 0]);
  });
});

/** Doors that begin with `first`, each with a last port of its own. */
function doorsFrom(first: (at: number) => number, count: number): ReturnType<typeof door>[] {
  return Array.from({ length: count }, (_, at) =>
    door(`${first(at)},${30_000 + at}`, {
      name: `door${at}`,
      attemptsPerSource: ATTEMPTS,
      tripwireHoldSeconds: 0,
    }),
  );
}

/** How many doors the fullest lane serves. */
function mostInOne(lanes: readonly number[]): number {
  const counts = [...new Set(lanes)].map((lane) => lanes.filter((each) => each === lane).length);
  return Math.max(...counts);
}
