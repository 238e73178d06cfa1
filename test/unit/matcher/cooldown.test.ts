import { describe, expect, it } from 'vitest';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Cooldown } from '../../../src/matcher/cooldown.ts';
import { PacketClock } from '../../../src/matcher/packet-clock.ts';
import { decide, opened, syns, TestMatcher } from '../../support/decide.ts';
import { door, knockdDoor } from '../../support/door.ts';

const ME = '203.0.113.9';
const slow = door('7000,9000,8000', { name: 'slow', cooldownSeconds: 60 });

function knockAt(at: number, from = ME): { tcp: number; at: number; from: string }[] {
  return [7000, 9000, 8000].map((tcp) => ({ tcp, at, from }));
}

describe('a cooldown', () => {
  it('refuses a right knock until it is over, and counts it', () => {
    const test = new TestMatcher([slow]);
    expect(opened(test.decide(knockAt(100)))).toEqual([`${ME} slow`]);
    expect(test.decide(knockAt(159)).at(-1)).toBe(`${ME} slow refuse 3: cooldown`);
    expect(opened(test.decide(knockAt(160)))).toEqual([`${ME} slow`]);
    expect(test.matcher.stats()).toMatchObject({ opened: 2, cooldown: 1 });
  });

  it('is each source’s and each door’s own', () => {
    const other = door('7000,9000,8000', { name: 'other' });
    const log = decide(
      [slow, other],
      [...knockAt(100), ...knockAt(101), ...knockAt(102, '10.0.0.1')],
    );
    expect(opened(log)).toEqual([
      `${ME} slow`,
      `${ME} other`,
      `${ME} other`,
      '10.0.0.1 slow',
      '10.0.0.1 other',
    ]);
  });

  it('holds for doors of one step, and under the rules of 0.8', () => {
    const one = door('25565', { name: 'game', cooldownSeconds: 5 });
    expect(opened(decide([one], syns([25565, 25565, 25565])))).toEqual([`${ME} game`]);
    const old = knockdDoor('25565', { name: 'game', cooldownSeconds: 5 });
    expect(opened(decide([old], syns([25565, 25565]), { compat: 'knockd' }))).toHaveLength(1);
  });

  it('goes on when the door gets another sequence, as after a one-time one', () => {
    const test = new TestMatcher([slow, { ...slow, cooldownSeconds: 5 }]);
    expect(opened(test.decide(knockAt(100)))).toHaveLength(2);
    const next = { ...slow, steps: slow.steps.toReversed() };
    test.matcher.replaceDoors(compileDoors([next, { ...next, cooldownSeconds: 5 }]));
    const again = knockAt(106).toReversed();
    expect(opened(test.decide(again))).toEqual([`${ME} slow`]);
    expect(test.matcher.stats()).toMatchObject({ opened: 3, cooldown: 1 });
  });

  it('goes on through a reload that leaves the door as it is', () => {
    const test = new TestMatcher([slow]);
    test.decide(knockAt(100));
    test.matcher.replaceDoors(compileDoors([door('1'), { ...slow }]));
    expect(opened(test.decide(knockAt(101)))).toEqual([]);
    test.matcher.replaceDoors(compileDoors([{ ...slow, cooldownSeconds: 30 }]));
    expect(opened(test.decide(knockAt(102)))).toHaveLength(1);
  });

  it('remembers 65,536 sources, and lets the oldest go for more', () => {
    const clock = new PacketClock();
    clock.see(100, 0);
    const cooldown = new Cooldown(clock, 60);
    const source = (last: number) => ({ family: 4, words: [0, 0, 0xffff, last] }) as const;
    for (let last = 0; last < 65_540; last++) expect(cooldown.admits(source(last))).toBe(true);
    expect(cooldown.admits(source(65_539))).toBe(false);
    expect(cooldown.admits(source(0))).toBe(true);
  });
});
