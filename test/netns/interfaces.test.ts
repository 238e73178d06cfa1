import { accessSync, constants } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

const SEQUENCE = '7001,7002:udp,7003';
/** A packet that is seen twice spoils a knock here. */
const DOORS = `
[once]
 sequence = ${SEQUENCE}
 tcpflags = syn
 ignore_repeats = no
 attempts_per_source = 1
`;
const STEPS = SEQUENCE.split(',');
const FLAPS = 200;

describe.skipIf(noNetns)('interfaces', () => {
  it(`R-30: the same process hears again after each of ${FLAPS} times that the link was down`, async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const sender = new FrameSender(net.client);
    await sender.send(knocks(SEQUENCE, { from: stranger(0) }));
    await daemon.atLeast(1, 'open');
    const descriptors = daemon.openDescriptors();
    let settledBytes = 0;

    for (let flap = 1; flap <= FLAPS; flap++) {
      net.server.run(['ip', 'link', 'set', 'srv0', 'down']);
      await passed(30);
      net.server.run(['ip', 'link', 'set', 'srv0', 'up']);
      net.client.run(['sh', '-c', 'until ip link show cli0 | grep -q "state UP"; do :; done']);
      await sender.send(knocks(SEQUENCE, { from: stranger(flap) }));
      expect(await daemon.atLeast(flap + 1, 'open')).toHaveLength(flap + 1);
      if (flap === FLAPS / 2) settledBytes = daemon.residentBytes();
    }
    expect(daemon.openDescriptors()).toBe(descriptors);
    console.info(
      `grew by ${(daemon.residentBytes() - settledBytes) >> 10} KiB in ${FLAPS / 2} flaps`,
    );
    expect(daemon.residentBytes() - settledBytes).toBeLessThan(8 << 20);
    expect(daemon.of('interface').length).toBeLessThanOrEqual(2 * FLAPS);
    const cpuBefore = daemon.cpuSeconds();
    net.server.run(['ip', 'link', 'set', 'srv0', 'down']);
    await passed(1000);
    expect(daemon.cpuSeconds() - cpuBefore).toBeLessThan(0.1); // no busy loop while it is down
    expect(daemon.said).toEqual([]);
  });

  it('hears each packet once on the loopback', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces: ['lo'] });
    for (const host of ['127.0.0.1', '::1']) net.server.run(['knock', '-d', '5', host, ...STEPS]);
    expect((await daemon.atLeast(2, 'open')).map(({ source }) => source)).toEqual([
      '127.0.0.1',
      '::1',
    ]);
    await daemon.stop();
    expect(daemon.of('closing')).toMatchObject([{ packets: 6 }]);
  });

  it('hears each packet once on any', async () => {
    await using net = await netns({ backend: true });
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces: ['any'] });
    net.client.run(['knock', '-d', '5', SERVER[4], ...STEPS]);
    net.client.run(['knock', '-d', '5', SERVER[6], ...STEPS]);
    net.backend.run(['knock', '-d', '5', '10.78.0.2', ...STEPS]);
    net.server.run(['knock', '-d', '5', '127.0.0.1', ...STEPS]);
    await daemon.atLeast(4, 'open');
    expect(daemon.of('open').map(({ source }) => source)).toEqual([
      CLIENT[4],
      CLIENT[6],
      '10.78.0.5',
      '127.0.0.1',
    ]);
  });

  it('listens on two at once, and on no third', async () => {
    await using net = await netns({ backend: true });
    const interfaces = ['srv0', 'back0'];
    await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces });
    net.server.run(['knock', '-d', '5', '127.0.0.1', ...STEPS]);
    net.client.run(['knock', '-d', '5', SERVER[4], ...STEPS]);
    net.backend.run(['knock', '-d', '5', '10.78.0.2', ...STEPS]);
    await daemon.atLeast(2, 'open');
    expect(daemon.of('open').map(({ source }) => source)).toEqual([CLIENT[4], '10.78.0.5']);
    expect(daemon.of('listening')).toMatchObject([{ interfaces }]);
  });

  it('counts a knock only if it is for an address of the interface', async () => {
    await using net = await netns({ backend: true });
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    net.client.run(['knock', '-d', '5', '10.78.0.5', ...STEPS]); // passes through
    net.client.run(['knock', '-d', '5', SERVER[4], ...STEPS]);
    await daemon.atLeast(3, 'stage');
    expect(daemon.of('stage').map(({ stage }) => stage)).toEqual([1, 2, 3]);
  });

  it.skipIf(!canMakeTunnels())(
    'reads a link without frames, as of a tunnel (needs /dev/net/tun)',
    async () => {
      await using net = await netns();
      const sender = await FrameSender.tunnel(net.server, 'tun0');
      net.server.run(['ip', 'address', 'add', '10.79.0.2/24', 'dev', 'tun0']);
      net.server.run(['ip', 'address', 'add', 'fd79::2/64', 'dev', 'tun0', 'nodad']);
      await using daemon = await Daemon.start(net.server, { doors: DOORS, interfaces: ['tun0'] });
      const ends = [
        { from: '10.79.0.9', to: '10.79.0.2' },
        { from: 'fd79::9', to: 'fd79::2' },
      ];
      for (const each of ends) await sender.send(knocks(SEQUENCE, { ...each, link: 'raw' }));
      await daemon.atLeast(2, 'open');
      expect(daemon.of('open').map(({ source }) => source)).toEqual(['10.79.0.9', 'fd79::9']);
    },
  );
});

function canMakeTunnels(): boolean {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
