import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { PACKET_CLOCK } from '../../../src/engine/clock.ts';
import { Engine } from '../../../src/engine/engine.ts';
import { MatchHere } from '../../../src/engine/match-here.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import { memorySource, type MemoryTuple } from '../../../src/source/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door } from '../../support/door.ts';

it('no packet is taken while who is told has no room for more', async () => {
  let told = 0;
  let makeRoom = (): void => undefined;
  const full = new Promise<void>((resolve) => (makeRoom = resolve));
  const knocks = Array.from({ length: 5 }, (_, nth) => knock(`203.0.113.${nth}`));
  const running = new Engine({
    matching: new MatchHere(
      memorySource(knocks, { capacity: 1 }),
      new Matcher(compileDoors([door('7000,8000')]), { maxAttempts: 1024 }),
    ),
    firewall: memoryFirewall(),
    clock: PACKET_CLOCK,
    report: () => void told++,
    room: () => (told === 2 ? full : undefined),
  }).run();
  for (let turns = 0; turns < 10; turns++) await turn();
  expect(told).toBe(2);
  makeRoom();
  await running;
  expect(told).toBe(5);
});

function knock(source: string): MemoryTuple {
  return {
    source: parseAddress(source)!,
    target: parseAddress('192.0.2.1')!,
    protocol: 'tcp',
    port: 7000,
    flags: 2,
    seconds: 1000,
  };
}
