import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLI, Daemon } from '../support/daemon.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsOf, leftMsIn } from '../support/sets.ts';
import { passed } from '../support/wait.ts';

const SEQUENCE = '7001,7002:udp,7003';
const STEPS = SEQUENCE.split(',');
const doors = (openFor = '30s'): string => `
[ssh]
 sequence = ${SEQUENCE}
 tcpflags = syn
 open = tcp/22
 open_for = ${openFor}
`;
const WEB = `
[web]
 sequence = 8001,8003
 tcpflags = syn
`;
const MAIN = join(CLI, 'main.js');

function knock(net: Netns, ...steps: string[]): void {
  net.client.run(['knock', '-d', '5', SERVER[4], ...steps]);
}

function connect(net: Netns): Promise<string> {
  return net.client.agent().then((agent) => agent.call('connect', SERVER[4], 22));
}

async function listen(net: Netns): Promise<void> {
  await (await net.server.agent()).call('listenTcp', 22);
}

/** When the kernel ends each grant, by its source. */
function ends(net: Netns): Map<string, number> {
  const nowMs = performance.now();
  return new Map([...leftMsIn(net.server)].map(([source, leftMs]) => [source, nowMs + leftMs]));
}

function hasTable(net: Netns): boolean {
  return net.server.run(['nft', 'list', 'tables']).includes('inet postern');
}

describe.skipIf(noNetns)('the daemon’s life', () => {
  it('R-43: killed, it leaves guard and grants; the next one takes both over, to the old deadline', async () => {
    await using net = await netns();
    await listen(net);
    await using first = await Daemon.start(net.server, { doors: doors('4s') });
    const sender = new FrameSender(net.client);
    const sources = Array.from({ length: 100 }, (_, nth) => stranger(nth));
    await sender.send(sources.flatMap((from) => knocks(SEQUENCE, { from })));
    knock(net, ...STEPS);
    const opened = await first.atLeast(101, 'open');
    expect(opened).toHaveLength(101);
    expect(await first.stop('SIGKILL')).toBe('SIGKILL');
    expect(elementsOf(net.server)).toHaveLength(101);
    expect(await connect(net)).toBe('open');

    await using second = await Daemon.start(net.server, { doors: doors('4s'), after: first });
    await expect.poll(() => second.said.join('\n')).toMatch(/took over 101 open grants/);
    expect(await connect(net)).toBe('open');
    expect(await second.atLeast(101, 'close', 6000)).toHaveLength(101);
    const began = new Map(opened.map(({ source, atUs }) => [source, atUs!]));
    const lastedMs = second
      .of('close')
      .map(({ source, atUs }) => (atUs! - began.get(source)!) / 1000);
    expect(Math.min(...lastedMs)).toBeGreaterThan(3900);
    expect(Math.max(...lastedMs)).toBeLessThan(5000);
    expect(elementsOf(net.server)).toEqual([]);
    expect(await connect(net)).toBe('silent');
    expect(await second.stop()).toBe(0);
    expect(await connect(net)).toBe('silent');
  });

  it('R-44: restarted, it knows all grants and how long each has left', async () => {
    await using net = await netns();
    await listen(net);
    await using first = await Daemon.start(net.server, { doors: doors('20s') });
    knock(net, ...STEPS);
    await first.atLeast(1, 'open');
    const client = await net.client.agent();
    const session = await client.call<number>('hold', SERVER[4], 22);
    const sender = new FrameSender(net.client);
    const sources = Array.from({ length: 100 }, (_, nth) => stranger(nth));
    await sender.send(sources.flatMap((from) => knocks(SEQUENCE, { from })));
    await first.atLeast(101, 'open');
    expect(await first.stop()).toBe(0);
    const before = ends(net);
    expect(before.size).toBe(101);

    await passed(2000);
    expect(await client.call('say', session)).toBe(true);
    await using second = await Daemon.start(net.server, { doors: doors('20s'), after: first });
    await expect.poll(() => second.said.join('\n')).toMatch(/took over 101 open grants/);
    expect(await client.call('say', session)).toBe(true);
    const after = ends(net);
    for (const [source, endMs] of before) {
      // Two lists of nft stand between, and each is a moment old.
      expect(Math.abs(after.get(source)! - endMs)).toBeLessThan(1000);
    }
    expect(second.of('open')).toEqual([]);
  });

  it('R-50: a knock while the door is open moves its one end, and never back', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors('20s') });
    knock(net, ...STEPS);
    await daemon.atLeast(1, 'open');
    const [first] = ends(net).values();
    await passed(3000);
    knock(net, ...STEPS);
    const [opened, again] = await daemon.atLeast(2, 'open');
    expect(again).toMatchObject({ renewed: true });
    const [second] = ends(net).values();
    expect(ends(net).size).toBe(1);
    // Two lists of nft stand between, and each is a moment old.
    const laterMs = (again!.atUs! - opened!.atUs!) / 1000;
    expect(Math.abs(second! - first! - laterMs)).toBeLessThan(1000);
    expect(daemon.of('close')).toEqual([]);
  });

  it('R-50: knocked at again after 3 s of 5, it is shut after 8 s, or after 5 where a knock renews nothing', async () => {
    await using net = await netns();
    const fixed = '8001,8002:udp,8003';
    const both = `${doors('5s')}[fixed]
 sequence = ${fixed}
 tcpflags = syn
 open = tcp/23
 open_for = 5s
 renew = no
`;
    await using daemon = await Daemon.start(net.server, { doors: both });
    const sender = new FrameSender(net.client);
    const sources = Array.from({ length: 20 }, (_, nth) => stranger(nth));
    const frames = [SEQUENCE, fixed].flatMap((sequence) =>
      sources.flatMap((from) => knocks(sequence, { from })),
    );
    await sender.send(frames);
    await daemon.atLeast(40, 'open');
    await passed(3000);
    await sender.send(frames);
    const opened = await daemon.atLeast(80, 'open');
    expect(opened).toHaveLength(80);
    const kept = opened.filter((event) => 'isKept' in event);
    expect(new Set(kept.map(({ door }) => door))).toEqual(new Set(['fixed']));
    expect(kept).toHaveLength(20);
    expect(elementsOf(net.server)).toHaveLength(40);
    const closed = await daemon.atLeast(40, 'close', 10_000);
    expect(closed).toHaveLength(40);
    for (const { door, source, atUs } of closed) {
      const times = opened.filter((event) => event.door === door && event.source === source);
      const from = door === 'fixed' ? times.at(0)! : times.at(-1)!;
      expect(Math.abs((atUs! - from.atUs!) / 1e6 - 5)).toBeLessThan(0.2);
    }
  });

  it('R-75: hears the knocks of a door that a reload adds, whatever they are made of', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors() });
    daemon.configure(`${doors()}[quiet]\n sequence = 9001:udp,9002:udp,9003:udp\n`);
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded');
    knock(net, '9001:udp', '9002:udp', '9003:udp');
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: 'quiet' }]);
  });

  it.each([
    ['SIGTERM', 0],
    ['SIGINT', 0],
  ] as const)('at %s leaves the guard up, until remove-table', async (signal, code) => {
    await using net = await netns();
    await listen(net);
    await using daemon = await Daemon.start(net.server, { doors: doors() });
    expect(await daemon.stop(signal)).toBe(code);
    expect(await connect(net)).toBe('silent');
    const remove = (): string => net.server.run([process.execPath, MAIN, 'remove-table']);
    expect(remove()).toBe('table inet postern is gone\n');
    expect(await connect(net)).toBe('open');
    expect(remove()).toBe('there was no table inet postern\n');
  });

  it('takes the guard down at its end with on_stop = remove', async () => {
    await using net = await netns();
    const options = { doors: doors(), options: 'on_stop = remove' };
    await using daemon = await Daemon.start(net.server, options);
    expect(hasTable(net)).toBe(true);
    expect(await daemon.stop()).toBe(0);
    expect(hasTable(net)).toBe(false);
  });

  it('leaves at its end what the last reload has on_stop say', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors() });
    daemon.configure(doors(), 'on_stop = remove');
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded');
    expect(await daemon.stop()).toBe(0);
    expect(hasTable(net)).toBe(false);
  });

  it('at SIGHUP takes other doors on, and goes on with attempts at those that stay', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors() });
    knock(net, '7001', '7002:udp');
    await daemon.atLeast(2, 'stage');
    daemon.configure(doors() + WEB);
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded');
    knock(net, '7003');
    knock(net, '8001', '8003');
    await daemon.atLeast(2, 'open');
    expect(daemon.of('open').map(({ door }) => door)).toEqual(['ssh', 'web']);
  });

  it('at SIGHUP with a broken file says where it is broken, and keeps its doors', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors() });
    const table = net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
    daemon.configure(`${doors()}${WEB} open = tcp/99999\n`);
    daemon.process.kill('SIGHUP');
    await daemon.until(() =>
      daemon.said.some((line) => line.includes('can’t be') || line.includes("can't be loaded")),
    );
    await expect.poll(() => daemon.said.join('\n')).toMatch(/knockd\.conf:\d+:\d+: error: .*99999/);
    knock(net, '8001', '8003');
    knock(net, ...STEPS);
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: 'ssh', source: CLIENT[4] }]);
    await daemon.stop();
    const without = (text: string): string =>
      text.replace(/elements = \{[^}]*\}/g, '').replace(/\s+/g, ' ');
    expect(without(net.server.run(['nft', 'list', 'table', 'inet', 'postern']))).toBe(
      without(table),
    );
  });

  it('opens no inspector at SIGUSR1', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors() });
    daemon.process.kill('SIGUSR1');
    knock(net, ...STEPS);
    expect(await daemon.atLeast(1, 'open')).toHaveLength(1);
    expect(net.server.run(['ss', '-Hltn'])).toBe('');
    expect(daemon.said).toEqual([]);
  });

  it('with --dry-run prints a table that nft takes, and does nothing', async () => {
    await using net = await netns();
    const options = { doors: doors() + WEB, readyWord: undefined, flags: ['--dry-run'] };
    await using daemon = await Daemon.start(net.server, options);
    expect(await daemon.ended).toBe(0);
    const printed = daemon.said.join('\n');
    expect(printed).toMatch(/^# would listen on srv0\n# door ssh: .* opens tcp\/22\n/);
    expect(hasTable(net)).toBe(false);
    const [file, args] = net.server.enter(['nft', '-c', '-f', '-']);
    expect(spawnSync(file, args, { input: printed, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});
