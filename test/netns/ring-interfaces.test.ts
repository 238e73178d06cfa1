import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ipPacket } from '../support/frame.ts';
import type { LinkSender } from '../support/link-sender.ts';
import { noNetns } from '../support/netns.ts';
import { RingNet, syn } from '../support/ring-net.ts';
import { noTun } from '../support/tun.ts';

describe.skipIf(noNetns)('the interfaces of a ring', () => {
  let net: RingNet;
  let second: LinkSender;
  beforeAll(async () => {
    net = await RingNet.create();
    second = await net.addSecondPair();
  });
  afterEach(() => net.closeRings());
  afterAll(() => net[Symbol.asyncDispose]());

  it('are told apart by the interface column', async () => {
    const ring = await net.open({ interfaces: ['srv0', 'two0'] });
    const counted = ring.count(5);
    await net.client.send([syn(7000), syn(7001)]);
    await second.send([syn(7001), syn(7002), syn(7002)]);
    expect(await counted).toEqual({
      'srv0 7000': 1,
      'srv0 7001': 1,
      'two0 7001': 1,
      'two0 7002': 2,
    });
    expect(ring.name).toBe('srv0,two0');
  });

  it('are all heard by `any`, each packet once', async () => {
    const ring = await net.open({ interfaces: ['any'] });
    const lo = await net.sender('link', 'lo');
    const counted = ring.count(3);
    await net.client.send([syn(7000)]);
    await second.send([syn(7001)]);
    await lo.send([syn(7002)]);
    expect(await counted).toEqual({ 'any 7000': 1, 'any 7001': 1, 'any 7002': 1 });
    expect((await ring.counters()).packets).toBe(3);
  });

  it('are opened once, however often they are named', async () => {
    const ring = await net.open({ interfaces: ['srv0', 'srv0'] });
    expect(ring.interfaces).toEqual(['srv0']);
    const all = await net.open({ interfaces: ['srv0', 'any'] });
    expect(all.interfaces).toEqual(['any']);
  });

  it('hear a packet on `lo` once', async () => {
    const ring = await net.open({ interfaces: ['lo'] });
    const lo = await net.sender('link', 'lo');
    const counted = ring.count(3);
    await lo.send([syn(7000), syn(7001), syn(7002)]);
    expect(await counted).toEqual({ 'lo 7000': 1, 'lo 7001': 1, 'lo 7002': 1 });
    expect((await ring.counters()).packets).toBe(3);
  });

  it('do not hear what the host sends itself', async () => {
    const ring = await net.open();
    const own = await net.sender('link', 'srv0');
    const counted = ring.count(1);
    await own.send([syn(7000)], { repeat: 100 });
    await net.client.send([syn(7001)]);
    expect(await counted).toEqual({ 'srv0 7001': 1 });
    expect((await ring.counters()).packets).toBe(1);
  });

  it('must be there', async () => {
    for (const name of ['nosuch0', '', 'x'.repeat(16), 'srv0\0', '../srv0']) {
      await expect(net.open({ interfaces: ['srv0', name] })).rejects.toMatchObject({
        code: 'CAPTURE_NO_INTERFACE',
        input: name,
      });
    }
  });

  describe.skipIf(noTun)('that are tunnels', () => {
    const knocks = [
      ipPacket({ from: '203.0.113.9', to: '192.0.2.1', tcp: { to: 7000, syn: true } }),
      ipPacket({ from: '2001:db8::9', to: '2001:db8::1', tcp: { to: 7001, syn: true } }),
    ];
    const others = [
      ipPacket({ from: '203.0.113.9', to: '192.0.2.1', tcp: { to: 9, syn: true } }),
      ipPacket({ from: '203.0.113.9', to: '192.0.2.1', udp: { to: 7000 } }),
      ipPacket({ from: '2001:db8::9', to: '2001:db8::1', tcp: { to: 7000, syn: true, ack: true } }),
    ];
    let tunnel: LinkSender;
    beforeAll(async () => {
      tunnel = await net.sender('tun', 'tun0');
      net.ip('link set tun0 up');
    });

    it.each(['tun0', 'any'])('carry knocks of both families, heard by %s', async (name) => {
      const ring = await net.open({ interfaces: [name] });
      const counted = ring.count(2);
      await tunnel.send([...others, ...knocks]);
      expect(await counted).toEqual({ [`${name} 7000`]: 1, [`${name} 7001`]: 1 });
      // The kernel filter kept the others out.
      expect((await ring.counters()).packets).toBe(2);
    });
  });
});
