import { expect, it } from 'vitest';
import { MONOTONIC_CLOCK } from '../../../src/engine/clock.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { MatchHere } from '../../../src/engine/match-here.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import type { Event } from '../../../src/report/event.ts';
import { memorySource } from '../../../src/source/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door } from '../../support/door.ts';

it.each([
  ['as long as nobody has set it', 0, '1970-01-01T00:16:40.900000Z'],
  ['when it was set ahead', 3600.25e6, '1970-01-01T01:16:41.150000Z'],
  ['when it was set back', -600.95e6, '1970-01-01T00:06:39.950000Z'],
])('events carry the time of the wall clock %s', async (_, wallShiftUs, at) => {
  const events: Event[] = [];
  const source = memorySource([
    {
      source: parseAddress('203.0.113.9')!,
      target: parseAddress('192.0.2.1')!,
      protocol: 'tcp',
      port: 7000,
      flags: 2,
      seconds: 1000,
      nanoseconds: 900e6,
    },
  ]);
  const engine = new Engine({
    matching: new MatchHere(
      source,
      new Matcher(compileDoors([door('7000')]), { maxAttempts: 1024 }),
    ),
    firewall: memoryFirewall(),
    clock: MONOTONIC_CLOCK,
    wallShiftUs: () => wallShiftUs,
    report: (event) => events.push(event),
  });
  await engine.run();
  expect(events.map((event) => event.at)).toEqual(events.map(() => at));
  expect(events.map(({ event }) => event)).toEqual(['stage', 'match', 'open']);
});
