import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';

const DOORS = `
[sized]
 sequence = icmp:64,7001,icmp:1400
 tcpflags = syn
[any]
 sequence = 7002:udp,icmp
[six]
 sequence = icmp6:100,icmp6,7003
 tcpflags = syn
`;

describe.skipIf(noNetns)('doors that wait for a ping', () => {
  const ping = (net: Netns, host: string, size: number): string =>
    net.client.run(['ping', '-n', '-c', '1', '-W', '2', '-s', String(size), host]);
  const knock = (net: Netns, host: string, port: string): string =>
    net.client.run(['knock', host, port]);

  it('open at the size that they ask for, and at any where they ask for none', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const stages = async (count: number): Promise<string[]> =>
      (await daemon.atLeast(count, 'stage')).map(({ door, stage }) => `${door} ${stage}`);

    for (const size of [56, 63, 65]) ping(net, SERVER[4], size); // nobody's
    ping(net, SERVER[4], 64);
    ping(net, SERVER[6], 64); // of the other family
    knock(net, SERVER[4], '7001');
    ping(net, SERVER[4], 1400);
    expect(await stages(3)).toEqual(['sized 1', 'sized 2', 'sized 3']);

    knock(net, SERVER[4], '7002:udp');
    ping(net, SERVER[4], 17);
    expect((await stages(5)).slice(3)).toEqual(['any 1', 'any 2']);

    ping(net, SERVER[6], 100);
    ping(net, SERVER[6], 8);
    knock(net, SERVER[6], '7003');
    expect((await stages(8)).slice(5)).toEqual(['six 1', 'six 2', 'six 3']);
    const opened = await daemon.atLeast(3, 'open');
    expect(opened.map(({ door, source }) => [door, source])).toEqual([
      ['sized', CLIENT[4]],
      ['any', CLIENT[4]],
      ['six', CLIENT[6]],
    ]);
  });

  it('hear no answers to the host’s own pings, and pings of two fragments are no knocks', async () => {
    await using net = await netns();
    // Reports of multicast listeners have an extension header, which the filter leaves to the parser.
    for (const end of [net.server, net.client])
      end.run(['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1']);
    await using daemon = await Daemon.start(net.server, { doors: '[one]\n sequence = icmp\n' });
    net.server.run(['ping', '-n', '-c', '3', '-i', '0.01', CLIENT[4]]);
    ping(net, SERVER[4], 2000);
    ping(net, SERVER[4], 10);
    expect(await daemon.atLeast(1, 'open')).toHaveLength(1);
    await daemon.stop();
    expect(daemon.of('open')).toHaveLength(1);
    expect(daemon.of('closing')).toMatchObject([{ packets: 1 }]);
  });
});
