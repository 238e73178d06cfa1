import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SourceCounters } from '../../src/source/source.ts';
import { interestIn, SYN } from '../support/interest.ts';
import { noNetns } from '../support/netns.ts';
import { RingNet, syn } from '../support/ring-net.ts';
import { until } from '../support/until.ts';

describe.skipIf(noNetns)('a ring under traffic', () => {
  let net: RingNet;
  beforeAll(async () => void (net = await RingNet.create()));
  afterEach(() => net.closeRings());
  afterAll(() => net[Symbol.asyncDispose]());

  it('loses no packet of a port that is wanted before and after a change of interest', async () => {
    const ring = await net.open({ slots: 16_384 });
    const total = 30_000;
    const counted = ring.count(total);
    let isSending = true;
    const sending = net.client
      .send([syn(7000)], { repeat: total, perSecond: 30_000 })
      .finally(() => (isSending = false));
    let changes = 0;
    for (; isSending; changes++) await ring.setInterest(INTERESTS[changes % INTERESTS.length]!);
    expect(await sending).toBe(total);
    expect(await counted).toEqual({ 'srv0 7000': total });
    expect((await ring.counters()).dropped).toBe(0);
    expect(changes).toBeGreaterThan(20);
  });

  it('hears a new port from the change of interest on, and no longer the old one', async () => {
    const ring = await net.open();
    await ring.setInterest(interestIn({ udp: [7000], tcp: [9] }));
    const counted = ring.count(1);
    await net.client.send([syn(7000), syn(9)]);
    expect(await counted).toEqual({ 'srv0 9': 1 });
    expect((await ring.counters()).packets).toBe(1);
  });

  it('counts totals that only grow while it drops, and what was sent is received or dropped', async () => {
    const ring = await net.open({ slots: 256 });
    const total = 100_000;
    const endless = ring.count(Infinity);
    let isSending = true;
    const sending = net.client
      .send([syn(7000)], { repeat: total })
      .finally(() => (isSending = false));
    const seen: SourceCounters[] = [];
    while (isSending) {
      seen.push(await ring.counters());
      await sleep(5);
    }
    expect(await sending).toBe(total);
    await until(async () => {
      const { packets, dropped } = await ring.counters();
      return packets + dropped === total;
    });
    expect(seen.length).toBeGreaterThan(10);
    for (const [at, now] of seen.entries()) {
      const before = seen[at - 1] ?? now;
      expect(now.packets).toBeGreaterThanOrEqual(before.packets);
      expect(now.bytes).toBeGreaterThanOrEqual(before.bytes);
      expect(now.dropped).toBeGreaterThanOrEqual(before.dropped);
    }
    await ring.close();
    expect(Object.values(await endless)[0]).toBe((await ring.counters()).packets);
  });

  it('counts what a full ring drops, also when nobody asked before it was closed, and recovers', async () => {
    const ring = await net.open({ slots: 256 });
    await net.client.send([syn(7000)], { repeat: 1000 });
    expect(await ring.count(256)).toEqual({ 'srv0 7000': 256 });
    const counted = ring.count(1);
    await net.client.send([syn(7001)]);
    expect(await counted).toEqual({ 'srv0 7001': 1 });
    await ring.close();
    expect(await ring.counters()).toMatchObject({ packets: 257, dropped: 744 });
  });

  it('hands over more than a batch holds, in order and without waiting for another packet', async () => {
    const ring = await net.open({ slots: 1024, capacity: 7 });
    await net.client.send([syn(7000), syn(7001)], { repeat: 300 });
    const ports: number[] = [];
    for await (const batch of ring) {
      ports.push(...batch.port.subarray(0, batch.length));
      if (ports.length === 600) break;
    }
    expect(ports).toEqual(Array.from({ length: 600 }, (_, at) => 7000 + (at % 2)));
  });
});

const INTERESTS = [
  interestIn({ tcp: [7000, 7001], tcpFlags: SYN }),
  interestIn({ tcp: [7000] }),
  interestIn({ tcp: [7000], udp: [7000, 53], icmp: true, icmp6: true }),
  interestIn({ tcp: Array.from({ length: 3000 }, (_, at) => 4000 + at * 2), tcpFlags: SYN }),
];
