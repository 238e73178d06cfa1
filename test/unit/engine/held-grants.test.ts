import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HeldGrants } from '../../../src/engine/held-grants.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door, ports } from '../../support/door.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('moves the ends of grants that are held, and of no others, until they are revoked', () => {
  const held = door('7001', {
    name: 'held',
    open: [ports('tcp/22')],
    holds: true,
    openForSeconds: 300,
  });
  const plain = door('7002', { name: 'plain', open: [ports('tcp/23')], openForSeconds: 300 });
  const doors = [held, plain];
  const firewall = memoryFirewall();
  const source = parseAddress('203.0.113.9')!;
  firewall.apply(
    doors.map((each) => ({ door: each, source, openForMs: 300_000 })),
    0,
  );

  let nowMs = 0;
  const keeper = new HeldGrants(firewall, { kind: 'monotonic', nowMs: () => nowMs }, () => doors);
  const pass = (ms: number): string[] => {
    for (let passed = 0; passed < ms; passed += 30_000) {
      nowMs += 30_000;
      vi.advanceTimersByTime(30_000);
    }
    return firewall.grants(nowMs).map((grant) => grant.door.name);
  };
  keeper.start();
  expect(pass(270_000)).toEqual(['held', 'plain']);
  expect(pass(86_400_000)).toEqual(['held']);
  firewall.revoke(held, { address: source, prefix: 32 }, nowMs);
  expect(pass(120_000)).toEqual([]);

  firewall.apply([{ door: held, source, openForMs: 300_000 }], nowMs);
  keeper.stop(); // a daemon that is gone holds nothing
  expect(pass(310_000)).toEqual([]);
});

it('leaves a grant whose it was', () => {
  const held = door('7001', { open: [ports('tcp/22')], holds: true, openForSeconds: 300 });
  const firewall = memoryFirewall();
  const source = parseAddress('203.0.113.9')!;
  firewall.apply([{ door: held, source, openForMs: 300_000, by: 'uid 0' }], 0);
  const keeper = new HeldGrants(firewall, { kind: 'monotonic', nowMs: () => 60_000 }, () => [held]);
  keeper.start();
  keeper.stop();
  expect(firewall.grants(60_000)).toMatchObject([{ by: 'uid 0', untilMs: 360_000 }]);
});
