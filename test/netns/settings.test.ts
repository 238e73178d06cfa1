import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { sendRaw, tcpPacket } from '../support/raw-tcp.ts';

const DOORS = '[ssh]\n sequence = 7000,7001\n tcpflags = syn\n open = tcp/22\n open_for = 1m\n';

describe.skipIf(noNetns)('other settings at SIGHUP', () => {
  let net: Netns;
  beforeAll(async () => {
    net = await netns();
    await (await net.server.agent()).call('listenTcp', 22);
  });
  afterAll(() => net[Symbol.asyncDispose]());
  afterEach(() => net.server.run(['nft', 'delete', 'table', 'inet', 'postern']));

  const table = (): string => net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
  const knock = (): void => void net.client.run(['knock', '-d', '5', SERVER[4], '7000', '7001']);
  const reload = async (daemon: Daemon, options: string): Promise<void> => {
    const before = daemon.of('reloaded').length;
    daemon.configure(DOORS, options);
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(before + 1, 'reloaded');
  };
  /** SYNs to the guarded port, from who has no grant. */
  const syns = Array.from({ length: 2000 }, (_, nth) =>
    tcpPacket({ from: OTHER[4], to: SERVER[4], tcp: { from: 20_000 + nth, to: 22, flags: 2 } }),
  );

  it('are in force at once, in one transaction through which no SYN slips', async () => {
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    knock();
    await daemon.atLeast(1, 'open');
    const hammer = sendRaw(net.client, { packets: syns, perSecond: 10_000, seconds: 3 });
    for (let turn = 0; turn < 8; turn++) {
      const mark = 0x100 << turn;
      const trusted = `198.51.100.${turn}`;
      await reload(daemon, ` trusted = ${trusted}\n mark = ${mark}\n max_grants = ${100 + turn}\n`);
      const listed = table();
      expect(listed).toContain(trusted);
      expect(listed).toContain(`0x${mark.toString(16).padStart(8, '0')}`);
      expect(listed).toContain(`size ${Math.ceil(((100 + turn) * 16) / 15)}`);
      expect(listed).toMatch(new RegExp(`${CLIENT[4]} \\. tcp \\. 22`));
    }
    const { sent, synAcks } = await hammer;
    expect(sent).toBeGreaterThan(1000);
    expect(synAcks).toEqual({});

    await reload(daemon, ` trusted = ${OTHER[4]}\n`);
    const control = await sendRaw(net.client, { packets: syns.slice(0, 10), seconds: 0.3 });
    expect(Object.keys(control.synAcks), 'who is trusted now').toHaveLength(10);
    expect(table()).not.toContain('mark');
    await daemon.stop();
  });

  it('leave room for what is open, however few grants there may be from now on', async () => {
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const addresses = Array.from({ length: 40 }, (_, nth) => `10.77.0.${100 + nth}`);
    for (const address of addresses) {
      net.client.run(['ip', 'address', 'add', `${address}/24`, 'dev', 'cli0']);
    }
    const knocks = addresses.flatMap((from) =>
      [7000, 7001].map((to) =>
        tcpPacket({ from, to: SERVER[4], tcp: { from: 9999, to, flags: 2 } }),
      ),
    );
    await sendRaw(net.client, { packets: knocks, perSecond: 1000, seconds: 0.3 });
    const sources = (): Set<unknown> => new Set(daemon.of('open').map(({ source }) => source));
    expect(await daemon.until(() => sources().size === 40)).toBe(true);
    await reload(daemon, ' max_grants = 16\n');
    for (const address of addresses) expect(table()).toContain(`${address} . tcp . 22`);
    knock();
    expect(await daemon.atLeast(1, 'refuse')).toMatchObject([{ source: CLIENT[4] }]);
    await daemon.stop();
  });

  it('stay as they were where the new ones can’t be had', async () => {
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options: ' mark = 1\n' });
    const before = table();
    daemon.configure(DOORS, ' mark = 2\n trusted = nonsense\n');
    daemon.process.kill('SIGHUP');
    expect(await daemon.until(() => daemon.said.some((line) => line.includes('nonsense')))).toBe(
      true,
    );
    expect(table()).toBe(before);
    await daemon.stop();
  });
});
