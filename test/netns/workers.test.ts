import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { postern } from '../support/cli.ts';
import { CLI, Daemon, type DaemonEvent } from '../support/daemon.ts';
import { frame } from '../support/frame.ts';
import { linkSender, type LinkSender } from '../support/link-sender.ts';
import { netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const PORTS = [7000, 8000, 9000];
const DOORS = `
[ssh]
 sequence = ${PORTS.join(',')}
 seq_timeout = 30
 tcpflags = syn
 vlan = any
 open = tcp/22
 open_for = 60s
`;
const TWO = 'workers = 2\nevent_lines = 0\n';
const SOURCES = [
  ...Array.from({ length: 50 }, (_, nth) => `203.0.113.${nth + 1}`),
  ...Array.from({ length: 50 }, (_, nth) => `2001:db8:0:${(nth + 1).toString(16)}::1`),
];

interface Tagged {
  readonly vlans?: readonly number[];
}

function knock(from: string, port: number, { vlans = [] }: Tagged = {}): Uint8Array {
  const to = from.includes(':') ? SERVER[6] : SERVER[4];
  return frame({ from, to, vlans, tcp: { to: port, syn: true } });
}

/** All sources at once: everybody's first packet, then everybody's second. */
function interleaved(sources: readonly string[], tagged: Tagged = {}): Uint8Array[] {
  return PORTS.flatMap((port) => sources.map((from) => knock(from, port, tagged)));
}

function sourcesOf(events: readonly DaemonEvent[]): string[] {
  return events.map(({ source }) => source!).sort();
}

async function started(net: Netns, options = TWO): Promise<Daemon> {
  return Daemon.start(net.server, { doors: DOORS, options });
}

describe.skipIf(noNetns)('two workers', () => {
  it.each<[string, Tagged]>([
    ['plain', {}],
    ['with a VLAN tag', { vlans: [7] }],
    ['with two', { vlans: [7, 8] }],
  ])(
    'open once for each of a hundred sources that knock at the same time: %s',
    async (_, tagged) => {
      await using net = await netns();
      await using daemon = await started(net);
      const sender = await linkSender(net.client, 'link', 'cli0');
      await sender.send(interleaved(SOURCES, tagged), { perSecond: 2000 });
      await daemon.atLeast(SOURCES.length, 'open', 5000);
      expect(sourcesOf(daemon.of('open'))).toEqual([...SOURCES].sort());
      expect(daemon.of('stage')).toHaveLength(SOURCES.length * PORTS.length);
      // Both have had their share, and nothing was heard twice.
      const shares = statusOf(daemon).sources.map(({ packets }) => packets);
      expect(shares).toHaveLength(2);
      for (const share of shares)
        expect(share).toBeGreaterThan(SOURCES.length * PORTS.length * 0.3);
      expect(await daemon.stop()).toBe(0);
    },
  );

  it('keep who has begun to knock over a reload, in every worker', async () => {
    await using net = await netns();
    await using daemon = await started(net);
    const sender = await linkSender(net.client, 'link', 'cli0');
    await sender.send(SOURCES.map((from) => knock(from, PORTS[0]!)));
    await daemon.atLeast(SOURCES.length, 'stage', 5000);
    daemon.configure(`${DOORS}[web]\n sequence = 6000,6001\n open = tcp/80\n`, TWO);
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded', 5000);
    for (const port of PORTS.slice(1)) await sender.send(SOURCES.map((from) => knock(from, port)));
    await sender.send([6000, 6001].flatMap((port) => SOURCES.map((from) => knock(from, port))));
    await daemon.atLeast(2 * SOURCES.length, 'open', 8000);
    for (const name of ['ssh', 'web']) {
      const opened = daemon.of('open').filter(({ door }) => door === name);
      expect(sourcesOf(opened)).toEqual([...SOURCES].sort());
    }
  });

  it('open a one-time sequence once, though two sources of two workers knock it at once', async () => {
    await using net = await netns();
    const folder = mkdtempSync(join(tmpdir(), 'postern-workers-'));
    const file = join(folder, 'sequences');
    writeFileSync(file, '7000,8000,9000\n7001,8001,9001\n', { mode: 0o600 });
    const doors = `[once]\n one_time_sequences = ${file}\n seq_timeout = 30\n open = tcp/22\n`;
    await using daemon = await Daemon.start(net.server, { doors, options: TWO });
    const sender = await linkSender(net.client, 'link', 'cli0');
    await sender.send(interleaved(SOURCES));
    await daemon.atLeast(1, 'open');
    // Every worker has the next one now.
    for (const port of [7001, 8001, 9001])
      await sender.send(SOURCES.map((from) => knock(from, port)));
    await daemon.atLeast(2, 'open');
    await passed(500);
    expect(daemon.of('open')).toHaveLength(2);
    expect(
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('#')),
    ).toHaveLength(2);
    rmSync(folder, { recursive: true });
  });

  it('do not hear who is blocked, whichever of them would have', async () => {
    await using net = await netns();
    await using daemon = await started(net);
    for (const network of ['203.0.113.0/24', '2001:db8::/32']) {
      const { status } = postern(['block', network, '-s', daemon.controlSocket]);
      expect(status).toBe(0);
    }
    const sender = await linkSender(net.client, 'link', 'cli0');
    const friend = '198.51.100.7';
    await sender.send(interleaved([...SOURCES, friend]));
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ source: friend }]);
    expect(daemon.of('stage').map(({ source }) => source)).toEqual([friend, friend, friend]);
    expect(statusOf(daemon)).toMatchObject({ blockedKnocks: SOURCES.length * PORTS.length });
  });

  it('share every interface alike, those that come back too: a source may knock at several', async () => {
    await using net = await netns();
    const ip = (command: string): void => void net.server.run(['ip', ...command.split(' ')]);
    const addPair = async (): Promise<LinkSender> => {
      ip('link add two0 type veth peer name two1');
      for (const name of ['two0', 'two1']) ip(`link set ${name} up`);
      await until(() => / UP /.test(net.server.run(['ip', '-br', 'link', 'show', 'two1'])));
      return linkSender(net.server, 'link', 'two1');
    };
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: TWO,
      interfaces: ['srv0', 'two0'],
    });
    const one = await linkSender(net.client, 'link', 'cli0');
    for (const round of [1, 2]) {
      const two = await addPair();
      await daemon.until(
        () =>
          daemon.of('interface').filter((event) => 'state' in event && event.state === 'up')
            .length >= round,
        5000,
      );
      // Which of two rings is read first is open: each step waits for the one before it.
      for (const [step, link] of [one, two, one].entries()) {
        await link.send(SOURCES.map((from) => knock(from, PORTS[step]!)));
        const stages = ((round - 1) * PORTS.length + step + 1) * SOURCES.length;
        expect(await daemon.atLeast(stages, 'stage', 5000)).toHaveLength(stages);
      }
      await daemon.atLeast(round * SOURCES.length, 'open', 5000);
      expect(sourcesOf(daemon.of('open').slice(-SOURCES.length))).toEqual([...SOURCES].sort());
      ip('link delete two0');
      await daemon.until(
        () =>
          daemon.of('interface').filter((event) => 'state' in event && event.state === 'missing')
            .length > round,
        5000,
      );
    }
  });

  it('go on where they were when the daemon is killed and started anew', async () => {
    await using net = await netns();
    await using first = await started(net);
    const sender = await linkSender(net.client, 'link', 'cli0');
    const [half, rest] = [SOURCES.slice(0, 50), SOURCES.slice(50)];
    await sender.send(interleaved(half));
    await first.atLeast(half.length, 'open', 5000);
    await first.stop('SIGKILL');
    await using second = await Daemon.start(net.server, {
      doors: DOORS,
      options: TWO,
      after: first,
    });
    await sender.send(interleaved(rest));
    await second.atLeast(rest.length, 'open', 5000);
    await expect
      .poll(() => second.said.join('\n'))
      .toContain(`took over ${half.length} open grants`);
    expect(statusOf(second)).toMatchObject({ grants: SOURCES.length });
  });

  it('are one with -4, and a line says why', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, {
      doors: DOORS,
      options: TWO,
      flags: ['-4'],
    });
    await expect
      .poll(() => daemon.said.join('\n'))
      .toContain('one worker: -4 needs all packets in one thread');
    expect(statusOf(daemon).sources).toHaveLength(1);
  });

  it('open for all who knock, while twenty thousand sources begin, again and again, and go no further', async () => {
    await using net = await netns();
    await using daemon = await started(net);
    const sender = await linkSender(net.client, 'link', 'cli0');
    const strangers = Array.from({ length: 20_000 }, (_, nth) =>
      knock(`10.${nth >> 12}.${(nth >> 4) & 255}.${nth & 15}`, PORTS[0]!),
    );
    for (const port of PORTS) {
      await sender.send(strangers, { perSecond: 40_000 });
      await sender.send(SOURCES.map((from) => knock(from, port)));
    }
    await daemon.atLeast(SOURCES.length, 'open', 8000);
    expect(sourcesOf(daemon.of('open'))).toEqual([...SOURCES].sort());
  });

  it('ignore whom an action names, whichever of them hears him', async () => {
    await using net = await netns();
    const doors = `${DOORS}[trap]\n sequence = 6000,6001\n actions = quiet\n[action quiet]\n ignore_for = 60s\n`;
    await using daemon = await Daemon.start(net.server, { doors, options: TWO });
    const sender = await linkSender(net.client, 'link', 'cli0');
    const caught = SOURCES.filter((_, nth) => nth % 2 === 0);
    await sender.send([6000, 6001].flatMap((port) => caught.map((from) => knock(from, port))));
    await daemon.atLeast(caught.length, 'action', 5000);
    await sender.send(interleaved(SOURCES));
    const free = SOURCES.filter((_, nth) => nth % 2 === 1);
    await daemon.atLeast(free.length, 'open', 5000);
    await passed(500);
    const opened = daemon.of('open').filter(({ door }) => door === 'ssh');
    expect(sourcesOf(opened)).toEqual([...free].sort());
  });

  it('open a sealed knock once (R-51), though sources of both send it at once', async () => {
    await using net = await netns();
    const folder = mkdtempSync(join(tmpdir(), 'postern-workers-'));
    const [keys, clientDoors] = [join(folder, 'keys'), join(folder, 'doors')];
    const key = '07'.repeat(32);
    const door = 'encoded = sealed\nspan = 40000-40255\nknock_address = observed\n';
    writeFileSync(keys, `alice ${key}\n`, { mode: 0o600 });
    writeFileSync(clientDoors, `[ssh]\nhost = ${SERVER[4]}\n${door}key = ${key}\n`, {
      mode: 0o600,
    });
    const doors = `[ssh]\n${door}keys = ${keys}\nopen = tcp/22\n`;
    await using daemon = await Daemon.start(net.server, { doors, options: TWO });
    const client = [process.execPath, '--no-addons', join(CLI, 'knock.js')];
    const test = net.client.run([...client, '--doors', clientDoors, '--encode', 'ssh', '--test']);
    const [, ...ports] = test
      .split('\n')[0]!
      .split(' ')
      .map((word) => Number.parseInt(word));
    const sources = SOURCES.slice(0, 16);
    const sender = await linkSender(net.client, 'link', 'cli0');
    const packets = ports.flatMap((port) => sources.map((from) => knock(from, port)));
    await sender.send(packets, { perSecond: 5000 });
    await daemon.atLeast(sources.length - 1, 'refuse', 5000);
    expect(daemon.of('open')).toHaveLength(1);
    const reasons = daemon.of('refuse').map(({ reason }) => reason);
    expect(reasons).toEqual(Array(sources.length - 1).fill('replayed'));
    rmSync(folder, { recursive: true });
  });

  it('end with the daemon when one of them is lost, and say which', async () => {
    await using net = await netns();
    const folder = mkdtempSync(join(tmpdir(), 'postern-workers-'));
    const [loss, order] = [join(folder, 'loss.mjs'), join(folder, 'now')];
    writeFileSync(loss, lossOf(1, order));
    const by = ['env', `NODE_OPTIONS=--import=${loss}`];
    await using daemon = await Daemon.start(net.server, { doors: DOORS, options: TWO, by });
    const sender = await linkSender(net.client, 'link', 'cli0');
    await sender.send(interleaved(SOURCES));
    await daemon.atLeast(SOURCES.length, 'open', 5000);
    writeFileSync(order, '');
    expect(await daemon.ended).toBe(1);
    await expect.poll(() => daemon.said.join('\n')).toMatch(/worker 1 has ended.*start it anew/);
    await using next = await Daemon.start(net.server, {
      doors: DOORS,
      options: TWO,
      after: daemon,
    });
    expect(statusOf(next)).toMatchObject({ grants: SOURCES.length });
    rmSync(folder, { recursive: true });
  });
});

/** What ends one worker's thread, and nothing else, as soon as a file is there. */
function lossOf(index: number, file: string): string {
  return `import { existsSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';
if (!isMainThread && workerData?.index === ${index}) {
  setInterval(() => existsSync('${file}') && process.exit(3), 20);
}
`;
}

function statusOf(daemon: Daemon): Status {
  const { stdout } = postern(['status', '--json', '-s', daemon.controlSocket]);
  return JSON.parse(stdout) as Status;
}

interface Status {
  readonly sources: readonly { readonly name: string; readonly packets: number }[];
}
