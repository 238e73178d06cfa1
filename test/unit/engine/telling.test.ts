import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MONOTONIC_CLOCK, PACKET_CLOCK, type Clock } from '../../../src/engine/clock.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { MatchHere } from '../../../src/engine/match-here.ts';
import { Telling } from '../../../src/engine/telling.ts';
import type { Firewall } from '../../../src/firewall/firewall.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import type { Event } from '../../../src/report/event.ts';
import { memorySource, type MemoryTuple } from '../../../src/source/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door, ports } from '../../support/door.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('events that can wait', () => {
  const told: number[] = [];
  const telling = new Telling((event) => void told.push((event as { stage: number }).stage));
  beforeEach(() => void (told.length = 0));

  it('are told when their moment has come', () => {
    telling.later(() => stage(1));
    telling.later(() => stage(2));
    expect(told).toEqual([]);
    vi.runAllTimers();
    expect(told).toEqual([1, 2]);
  });

  it('are told before one that can not', () => {
    telling.later(() => stage(1));
    telling.now(stage(2));
    expect(told).toEqual([1, 2]);
    vi.runAllTimers();
    expect(told).toEqual([1, 2]);
  });

  it('do not pile up', () => {
    for (let nth = 0; nth < 1000; nth++) telling.later(() => stage(nth));
    expect(told.length).toBeGreaterThan(700);
    telling.flush();
    expect(told).toEqual(Array.from({ length: 1000 }, (_, nth) => nth));
  });
});

describe('a knock, a packet at a time,', () => {
  it.each<[string, Clock, boolean, string]>([
    [
      'opens before a line tells of its stages',
      MONOTONIC_CLOCK,
      false,
      'apply stage stage match open',
    ],
    [
      'is told of at once where that is asked for',
      MONOTONIC_CLOCK,
      true,
      'stage apply stage match open',
    ],
    ['is told of at once in a replay', PACKET_CLOCK, false, 'stage stage apply match open'],
  ])('%s', async (_, clock, reportsAtOnce, order) => {
    const happened: string[] = [];
    const firewall = memoryFirewall();
    await new Engine({
      matching: new MatchHere(
        memorySource([knock(7000), knock(8000)], { capacity: 1 }),
        new Matcher(compileDoors([door('7000,8000', { open: [ports('tcp/22')] })]), {
          maxAttempts: 1024,
        }),
      ),
      firewall: watched(firewall, () => happened.push('apply')),
      clock,
      reportsAtOnce,
      report: ({ event }) => void happened.push(event),
    }).run();
    expect(happened.join(' ')).toBe(order);
  });

  it('that comes to nothing is told of when the capture ends', async () => {
    const happened: string[] = [];
    await new Engine({
      matching: new MatchHere(
        memorySource([knock(7000)]),
        new Matcher(compileDoors([door('7000,8000')]), { maxAttempts: 1024 }),
      ),
      firewall: memoryFirewall(),
      clock: MONOTONIC_CLOCK,
      report: ({ event }) => void happened.push(event),
    }).run();
    expect(happened).toEqual(['stage']);
  });
});

function watched(firewall: Firewall, onApply: () => void): Firewall {
  const { apply } = firewall;
  firewall.apply = (openings, nowMs) => {
    onApply();
    return apply.call(firewall, openings, nowMs);
  };
  return firewall;
}

function knock(port: number): MemoryTuple {
  return {
    source: parseAddress('203.0.113.9')!,
    target: parseAddress('192.0.2.1')!,
    protocol: 'tcp',
    port,
    flags: 2,
    seconds: 1000,
  };
}

function stage(nth: number): Event {
  return { event: 'stage', stage: nth, door: 'ssh', source: '203.0.113.9', at: '', atUs: 0 };
}
