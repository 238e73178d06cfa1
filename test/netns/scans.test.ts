import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';

const DOORS = `
[rising]
 sequence = 7001,7002,7003
 seq_timeout = 5
 tcpflags = syn
[falling]
 sequence = 7103,7102,7101
 seq_timeout = 5
 tcpflags = syn
[apart]
 sequence = 7201,7221,7211
 seq_timeout = 5
 tcpflags = syn
[udp]
 sequence = 7301:udp,7302:udp,7303:udp
 seq_timeout = 5
`;
const RISING = '[rising]\nsequence = 7001,7002,7003\nseq_timeout = 5\ntcpflags = syn\n';
/** A port that nobody listens on answers with RST; one that a firewall shuts is silent, and tried again. */
const SILENCE = `table inet quiet {
  chain input {
    type filter hook input priority 0;
    meta l4proto { tcp, udp } th dport 6000-8000 drop;
  }
}`;

/** Kinds of scan by nmap, and how often each runs where ports answer and where they are silent. */
const SCANS: readonly (readonly [
  flags: string,
  runs: readonly [answering: number, silent: number],
])[] = [
  ['-sS -r -p7000-7010', [16, 2]],
  ['-sS -r -p6500-7900 --max-retries 0', [2, 1]],
  ['-sS -r -p7000-7004,7100-7104,7201-7223 --max-retries 2', [2, 1]],
  ['-sU -r -p7300-7305 --max-retries 1', [4, 2]],
];
const PORTS_OF_RANDOM = 1401;

describe.skipIf(noNetns)('a scan', () => {
  it.each([
    [24, 'that answer', '', 0],
    [6, 'that are silent', SILENCE, 1],
  ] as const)(
    'R-23: in order opens no door, %i runs against ports %s',
    async (...[, , rules, column]) => {
      await using net = await netns();
      if (rules !== '') net.server.nft(rules);
      await using daemon = await Daemon.start(net.server, { doors: DOORS });
      for (const [flags, runs] of SCANS) {
        for (let run = 0; run < runs[column]; run++) nmap(net, flags);
      }
      await settled(daemon, net);
      expect(openedBy(daemon, CLIENT[4])).toEqual([]);
      expect(daemon.of('refuse').some(({ reason }) => reason === 'held')).toBe(true);
    },
  );

  it('R-23: falling, doubled or a port a second opens no door', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const sender = new FrameSender(net.client);
    const from7000 = [7000, 7001, 7002, 7003, 7004];
    const ways: readonly (readonly [ports: readonly number[], gapMs: number])[] = [
      [range(7200, 6900), 1],
      [range(7200, 6900), 0],
      [range(6900, 7300), 1],
      [range(6900, 7300).flatMap((port) => [port, port]), 1],
      [[...range(6990, 7010), ...range(6990, 7010)], 1],
      [from7000, 1000],
      [range(7104, 7100), 1000],
      [from7000.flatMap((port) => [port, port]), 500],
      [from7000, 500],
    ];
    // Longer than the hold and within the window: nothing tells it from a knock.
    const slow = [from7000, 2200] as const;
    const timetable = [...ways, slow].flatMap(([ports, gapMs], nth) =>
      knocks(ports.join(), { from: stranger(nth) }).map((frame, at) => ({
        dueMs: gapMs * at,
        frame,
      })),
    );
    await sender.sendAt(timetable);
    await settled(daemon, net);
    expect(ways.flatMap((_, nth) => openedBy(daemon, stranger(nth)))).toEqual([]);
    const bySlow = openedBy(daemon, stranger(ways.length)).join() || 'none';
    console.info(`a rising scan with 2.2 s between ports opened: ${bySlow}`);
  });

  it('R-23: in random order opens a door by rare chance', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: DOORS });
    const runs = 10;
    for (let run = 0; run < runs; run++) nmap(net, '-sS -p6500-7900 --max-retries 0');
    await settled(daemon, net);
    const opened = openedBy(daemon, CLIENT[4]);
    // A door's steps must come in their order, all tripwires after them, and no step of the three other
    // doors for TCP between them: one scan in 330 for each of two doors, less often for the third.
    console.info(
      `${runs} scans of ${PORTS_OF_RANDOM} ports in random order opened ${opened.length}; the odds are one in 150`,
    );
    expect(opened.length).toBeLessThanOrEqual(2);
  });

  it('R-23: over all 65,535 ports opens no door, in order by nmap, in random order by both scanners', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: RISING });
    nmap(net, '-sS -r -p- --max-retries 0');
    expect(await daemon.atLeast(1, 'refuse')).toMatchObject([{ reason: 'held' }]);
    nmap(net, '-sS -p- --max-retries 0');
    const strangers = [1, 2, 3, 4, 5].map(stranger);
    for (const [seed, from] of strangers.entries()) await masscan(net, from, seed);
    await new FrameSender(net.client).send(knocks('7001,7002,7003', { from: stranger(4000) }), {
      gapMs: 5,
    });
    expect(await daemon.atLeast(1, 'open')).not.toEqual([]);
    const opened = daemon.of('open').filter(({ source }) => source !== stranger(4000));
    // For random orders the odds are one in 1,100 a scan.
    console.info(`of 2 scans by nmap and ${strangers.length} by masscan ${opened.length} opened`);
    expect(opened.filter(({ source }) => strangers.includes(source!)).length).toBeLessThan(2);
    expect(opened.length).toBeLessThan(3);
    // Each was seen: it began, or a tripwire held it back.
    const seen = new Set(daemon.events.map(({ source }) => source));
    expect(strangers.filter((source) => !seen.has(source))).toEqual([]);
  });
});

function nmap(net: Netns, flags: string): void {
  const command = ['nmap', '-n', '-Pn', '-T5', ...flags.split(' '), SERVER[4]];
  const { status, stderr } = spawnSync(...net.client.enter(command), { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/**
 * Every port in masscan's own random order, from an address that the client's kernel does not answer for.
 * It is ended once all is sent: its receiver would wait for a packet, and none comes to such an address.
 */
async function masscan(net: Netns, from: string, seed: number): Promise<void> {
  const link = ['-e', 'cli0', '--adapter-ip', from, '--router-mac', macOf(net)];
  const flags = ['--rate', '50000', '--seed', String(seed), '-p', '1-65535'];
  const scanner = net.client.spawn(['masscan', ...link, ...flags, SERVER[4]], { stderr: 'pipe' });
  for await (const progress of scanner.stderr!) {
    if (String(progress).includes('100.00% done')) break;
  }
  scanner.kill('SIGKILL');
}

function macOf(net: Netns): string {
  const links = net.server.run(['ip', '-j', 'link', 'show', 'dev', 'srv0']);
  return (JSON.parse(links) as [{ address: string }])[0].address;
}

/** Waits until a knock that came last has opened its door: what came before it has been judged. */
async function settled(daemon: Daemon, net: Netns): Promise<void> {
  const from = stranger(4000);
  await new FrameSender(net.client).send(knocks('7201,7221,7211', { from }), { gapMs: 5 });
  await daemon.until(() => openedBy(daemon, from).length > 0);
  expect(openedBy(daemon, from)).toEqual(['apart']);
}

function openedBy(daemon: Daemon, source: string): string[] {
  const opened = daemon.of('open').filter((event) => event.source === source);
  return opened.map(({ door }) => door!);
}

function range(from: number, to: number): number[] {
  const step = Math.sign(to - from);
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, at) => from + step * at);
}
