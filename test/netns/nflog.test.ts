import { describe, expect, it } from 'vitest';
import { postern } from '../support/cli.ts';
import { Daemon } from '../support/daemon.ts';
import { linkSender } from '../support/link-sender.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { frame } from '../support/frame.ts';

const isRoot = process.getuid?.() === 0;
const DOORS = '[ssh]\n sequence = 7001,7002,7003\n tcpflags = syn\n open = tcp/22\n';
const OPTIONS = ' source = nflog:9\n';

interface Status {
  readonly sources: readonly { name: string; packets: number; dropped: number }[];
}

describe.skipIf(noNetns)('a daemon that rules log to', () => {
  it('opens to who knocked, as the user that it became', async () => {
    await using net = await netns();
    const user = isRoot ? 'nobody' : undefined;
    await using daemon = await started(net, { user });
    knock(net);
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ source: CLIENT[4] }]);
    expect(statusOf(daemon).sources).toMatchObject([{ name: 'nflog:9', packets: 3, dropped: 0 }]);
    expect(await daemon.stop()).toBe(0);
  });

  it('loses no knock in a flood that fills the socket, and tells what it lost', async () => {
    await using net = await netns();
    await using daemon = await started(net);
    const sender = await linkSender(net.client, 'link', 'cli0');
    const flood = Array.from({ length: 250 }, (_, nth) =>
      frame({ from: `203.0.113.${nth}`, to: SERVER[4], tcp: { to: 7001, flags: 2 } }),
    );
    const sent = await sender.send(flood, { repeat: 800 });
    knock(net);
    expect(await daemon.atLeast(1, 'open', 20_000)).toMatchObject([{ source: CLIENT[4] }]);
    const [log] = statusOf(daemon).sources;
    expect(log!.packets + log!.dropped).toBe(sent + 3);
  });

  it('ends with the reason if another program has the group', async () => {
    await using net = await netns();
    await using first = await started(net);
    await using second = await Daemon.start(net.server, {
      doors: DOORS,
      options: OPTIONS,
      interfaces: [],
      readyWord: undefined,
    });
    expect(await second.ended).not.toBe(0);
    await expect.poll(() => second.said.join('\n')).toContain('another program listens to group 9');
    knock(net);
    expect(await first.atLeast(1, 'open')).toHaveLength(1);
  });
});

async function started(net: Netns, more: { user?: string | undefined } = {}): Promise<Daemon> {
  const options = { doors: DOORS, options: OPTIONS, interfaces: [], ...more };
  const daemon = await Daemon.start(net.server, options);
  const rules = postern(['print', 'nflog-rules', '-c', daemon.configFile]);
  expect([rules.status, rules.stderr]).toEqual([0, '']);
  net.server.nft(rules.stdout);
  return daemon;
}

function knock({ client }: Netns): void {
  client.run(['knock', '-d', '30', SERVER[4], '7001', '7002', '7003']);
}

function statusOf(daemon: Daemon): Status {
  const { stdout } = postern(['status', '-s', daemon.controlSocket, '--json']);
  return JSON.parse(stdout) as Status;
}
