import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LinkSender } from '../support/link-sender.ts';
import { noNetns } from '../support/netns.ts';
import { RingNet, syn } from '../support/ring-net.ts';

/** A loop that spins takes all of the time that passes; one that waits next to nothing. */
const SPIN_US = 250_000;
const WATCH_MS = 500;

describe.skipIf(noNetns)('a ring whose link changes', () => {
  let net: RingNet;
  let second: LinkSender;
  beforeAll(async () => void (net = await RingNet.create()));
  beforeEach(async () => void (second = await net.addSecondPair()));
  afterEach(async () => {
    await net.closeRings();
    if (net.ip('-br link').includes('two0')) net.ip('link del two0');
  });
  afterAll(() => net[Symbol.asyncDispose]());

  /** Processor time that the ring's process takes in `WATCH_MS`. */
  const cpuUs = async (): Promise<number> => {
    const before = await net.agent.call<number>('cpuUs');
    await sleep(WATCH_MS);
    return (await net.agent.call<number>('cpuUs')) - before;
  };

  it('goes on after the link went down and up, and is quiet while it is down', async () => {
    const ring = await net.open({ interfaces: ['two0'] });
    for (let flap = 1; flap <= 5; flap++) {
      const counted = ring.count(1);
      net.ip('link set two0 down');
      if (flap === 1) expect(await cpuUs()).toBeLessThan(SPIN_US);
      net.ip('link set two0 up');
      await net.secondPairIsUp();
      await second.send([syn(7000)]);
      expect(await counted).toEqual({ 'two0 7000': 1 });
    }
  });

  it('can be opened on a link that is down', async () => {
    net.ip('link set two0 down');
    const ring = await net.open({ interfaces: ['two0'] });
    const counted = ring.count(1);
    expect(await cpuUs()).toBeLessThan(SPIN_US);
    net.ip('link set two0 up');
    await net.secondPairIsUp();
    await second.send([syn(7000)]);
    expect(await counted).toEqual({ 'two0 7000': 1 });
  });

  it('ends with an error when the interface is deleted, and keeps its totals', async () => {
    const ring = await net.open({ interfaces: ['two0'] });
    await second.send([syn(7000)]);
    await ring.count(1);
    const waiting = expect(ring.count(1)).rejects.toMatchObject({
      code: 'CAPTURE_NO_INTERFACE',
      input: 'two0',
    });
    net.ip('link del two0');
    await waiting;
    expect((await ring.counters()).packets).toBe(1);
  });

  it('ends with an error when the interface was deleted before the iteration', async () => {
    const ring = await net.open({ interfaces: ['two0'] });
    net.ip('link del two0');
    await expect(ring.count(1)).rejects.toMatchObject({ code: 'CAPTURE_NO_INTERFACE' });
  });

  it('ends with an error when the interface is deleted in the middle of a flood', async () => {
    const ring = await net.open({ interfaces: ['two0'] });
    const counting = expect(ring.count(Infinity)).rejects.toMatchObject({
      code: 'CAPTURE_NO_INTERFACE',
    });
    await second.send([syn(7000)], { repeat: 5000 });
    net.ip('link del two0');
    await counting;
  });

  it('hears the other interfaces when one of them is deleted', async () => {
    const ring = await net.open({ interfaces: ['two0', 'srv0'] });
    const counted = ring.count(1);
    net.ip('link del two0');
    expect(await cpuUs()).toBeLessThan(SPIN_US);
    await net.client.send([syn(7001)]);
    expect(await counted).toEqual({ 'srv0 7001': 1 });
  });

  it('does not spin while frames wait and nobody asks for them', async () => {
    const ring = await net.open();
    const counted = ring.count(1);
    await net.client.send([syn(7000)]);
    await counted;
    await net.client.send([syn(7001)]);
    expect(await cpuUs()).toBeLessThan(SPIN_US);
    expect(await ring.count(1)).toEqual({ 'srv0 7001': 1 });
  });
});
