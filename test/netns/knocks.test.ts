import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { decisionsOf, noRecording, Recording, replayed } from '../support/recording.ts';
import { elementsOf } from '../support/sets.ts';
import { until } from '../support/until.ts';

const DOORS = `
[ssh]
 sequence = 7001,8002:udp,9003
 seq_timeout = 5
 tcpflags = syn
 open = tcp/22
 open_for = 1s
`;
const KNOCKS = ['7001', '8002:udp', '9003'];

const CLIENTS = {
  "Debian's knock": ['knock'],
  'our knock': [process.execPath, join(CLI, 'knock.js')],
} as const;

describe.skipIf(noNetns)('the daemon', () => {
  it.each([
    ["Debian's knock", 4],
    ["Debian's knock", 6],
    ['our knock', 4],
    ['our knock', 6],
  ] as const)('opens a real port to %s over IPv%i, and shuts it again', async (who, family) => {
    await using net = await netns();
    const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await server.call('listenTcp', 22);
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const connect = (): Promise<ConnectResult> => client.call('connect', SERVER[family], 22);

    expect(await connect()).toBe('silent');
    net.client.run([...CLIENTS[who], '-d', '50', `-${family}`, SERVER[family], ...KNOCKS]);
    const [opened] = await daemon.atLeast(1, 'open');
    expect(opened).toMatchObject({ door: 'ssh', source: CLIENT[family], renewed: false });
    expect(elementsOf(net.server, family === 4 ? 'open4' : 'open6')).toMatchObject([
      { address: CLIENT[family], port: 22 },
    ]);
    expect(await connect()).toBe('open');

    const [closed] = await daemon.atLeast(1, 'close');
    expect(closed).toMatchObject({ door: 'ssh', source: CLIENT[family], reason: 'time' });
    // The kernel's count begins when it is told, which on a busy machine is later than we said so.
    await until(async () => (await connect()) === 'silent', 1000);
    expect(daemon.events.map(({ event }) => event)).toEqual([
      'listening',
      'stage',
      'stage',
      'stage',
      'open',
      'close',
    ]);
    expect(await daemon.stop()).toBe(0);
    const { packets = 0, dropped } = daemon.events.at(-1)!;
    expect({ isEnough: packets >= 3, dropped }).toEqual({ isEnough: true, dropped: 0 });
  });

  it.skipIf(noRecording)('decides live what a replay of the same packets decides', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    await using recording = await Recording.start(net.server, 'srv0');
    await knockInManyWays(net);
    await daemon.atLeast(2, 'open');
    await recording.end();

    const { seed, configFile } = daemon;
    expect(await daemon.stop()).toBe(0);
    const { events, summary } = replayed(recording.file, configFile, ['--seed', seed]);
    expect(decisionsOf(events)).toEqual(decisionsOf(daemon.events));
    expect(summary).toMatchObject({ opened: 2 });
  });

  it('answers to the name knockd, and to its flags', async () => {
    await using net = await netns();
    const options = { doors: DOORS, name: 'knockd', flags: ['-v'], interfaces: ['srv0'] } as const;
    await using daemon = await Daemon.start(net.server, options);
    net.client.run(['knock', '-d', '20', SERVER[4], ...KNOCKS]);
    expect(await daemon.until(() => daemon.said.some((line) => line.includes('closed')))).toBe(
      true,
    );
    await expect
      .poll(() => daemon.said)
      .toEqual([
        'listening on srv0...',
        `${CLIENT[4]}: ssh: Stage 1`,
        `${CLIENT[4]}: ssh: Stage 2`,
        `${CLIENT[4]}: ssh: Stage 3`,
        `${CLIENT[4]}: ssh: OPEN SESAME`,
        `${CLIENT[4]}: ssh: opened tcp/22 for 1 s`,
        `${CLIENT[4]}: ssh: closed`,
      ]);
    expect(await daemon.stop()).toBe(15);
    await expect.poll(() => daemon.said.at(-1)).toBe('closing...');
  });
});

/** Right, wrong, out of order, over both families, and by a scan; twice it opens. */
async function knockInManyWays(net: Netns): Promise<void> {
  const knock = (host: string, ...ports: string[]): string =>
    net.client.run(['knock', '-d', '10', host, ...ports]);
  knock(SERVER[4], ...KNOCKS);
  knock(SERVER[4], '7001', '9003', '8002:udp', '9003');
  knock(SERVER[6], '8002:udp', ...KNOCKS);
  spawnSync(...net.client.enter(['nmap', '-sS', '-n', '-Pn', '-p7000-7003,9002-9004', SERVER[4]]));
  knock(SERVER[4], ...KNOCKS);
}
