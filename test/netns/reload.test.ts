import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import { postern } from '../support/cli.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { door, ports } from '../support/door.ts';
import { FrameSender, knocks, stranger } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';
import { until } from '../support/until.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });
const WEB = door('7001', { name: 'web', open: [ports('tcp/80')] });
const RANGE = door('7002', { name: 'range', open: [ports('udp/60000-60010')] });
const MANY = door('7003', { name: 'many', open: ['tcp/1', 'tcp/2', 'tcp/3', 'tcp/4'].map(ports) });

async function setUp(net: Netns, options: object = {}): Promise<Agent> {
  const server = await startAgent(net.server);
  for (const port of [22, 80, 4]) await server.call('listenTcp', port);
  await server.call('make', options);
  return server;
}

async function connect(net: Netns, port: number): Promise<string> {
  return (await net.client.agent()).call('connect', SERVER[4], port);
}

const openFor = (server: Agent, name: string) =>
  server.call<Outcome[]>('apply', [{ door: name, source: CLIENT[4], openForMs: 60_000 }]);

describe.skipIf(noNetns)('R-101: a port that loses its door', () => {
  it.each([
    ['by constants', [SSH, WEB], [SSH], 80],
    ['by a set of ports', [SSH, WEB, MANY], [SSH, WEB], 4],
    ['with all doors', [SSH, WEB], [], 80],
  ] as const)('stays guarded, %s, until a reload lets it go', async (_, before, after, port) => {
    await using net = await netns();
    const server = await setUp(net);
    await server.call('start', before);
    await server.call('start', after);
    expect(await connect(net, port)).toBe('silent');
    expect(await server.call('counts')).toEqual({ 'still guarded': 1 });
    // So it does when the table has to be made again, and at the next reload.
    net.server.nft('flush ruleset');
    await until(async () => (await connect(net, port)) === 'silent');
    await server.call('start', after);
    expect(await connect(net, port)).toBe('silent');
    await server.call('start', after, { allowUnguard: true });
    expect(await connect(net, port)).toBe('open');
    expect(await connect(net, 22)).toBe(after.length > 0 ? 'silent' : 'open');
  });

  it('stays guarded over a restart, and a crash', async () => {
    await using net = await netns();
    const server = await setUp(net);
    await server.call('start', [SSH, WEB, RANGE]);
    await server.call('close');
    await server.call('make', {});
    await server.call('start', [SSH]);
    expect(await connect(net, 80)).toBe('silent');
    const [event] = await server.call<unknown[]>('events');
    expect(event).toMatchObject({
      kind: 'still guarded',
      ports: [ports('tcp/80'), ports('udp/60000-60010')],
      count: 1,
    });
    await server.call('start', [SSH], { allowUnguard: true });
    expect(await connect(net, 80)).toBe('open');
    expect(net.server.run(['nft', 'list', 'table', 'inet', 'postern'])).not.toContain('60000');
  });

  it('stays guarded where its door says guard = no from now on', async () => {
    await using net = await netns();
    const server = await setUp(net);
    await server.call('start', [SSH]);
    await server.call('start', [{ ...SSH, guard: false }]);
    expect(await connect(net, 22)).toBe('silent');
    await openFor(server, 'ssh');
    expect(await connect(net, 22)).toBe('open');
  });

  it('says nothing of a port that another door guards as part of a range', async () => {
    await using net = await netns();
    const server = await setUp(net);
    await server.call('start', [WEB, door('7009', { name: 'one', open: [ports('tcp/85')] })]);
    await server.call('start', [
      door('7009', { name: 'wide', open: [ports('tcp/79-82'), ports('tcp/83-90')] }),
    ]);
    expect(await server.call('counts')).toEqual({});
  });
});

describe.skipIf(noNetns)('the grants of a door that a reload removes', () => {
  it('end with it, and no others', async () => {
    await using net = await netns();
    const server = await setUp(net);
    await server.call('start', [SSH, WEB]);
    await openFor(server, 'ssh');
    await openFor(server, 'web');
    await server.call('start', [{ ...SSH }]);
    expect(await server.call<Grant[]>('revoked')).toMatchObject([{ door: { name: 'web' } }]);
    expect(await server.call<Grant[]>('grants')).toMatchObject([{ door: { name: 'ssh' } }]);
    expect(await connect(net, 80)).toBe('silent');
    expect(await connect(net, 22)).toBe('open');
  });

  it('go on to their ends with on_door_removed = keep', async () => {
    await using net = await netns();
    const server = await setUp(net, { onDoorRemoved: 'keep' });
    await server.call('start', [SSH, WEB]);
    await openFor(server, 'web');
    await server.call('start', [SSH]);
    await server.call('start', [SSH]);
    expect(await server.call('revoked')).toEqual([]);
    expect(await connect(net, 80)).toBe('open');
    net.server.nft('flush set inet postern open4');
    await until(async () => (await connect(net, 80)) === 'silent');
    // With its last grant the door is gone for good.
    await server.call('start', [SSH]);
    expect(await server.call('counts')).toMatchObject({ 'still guarded': 1 });
  });
});

describe.skipIf(noNetns)('the daemon’s reload', () => {
  const SEQUENCE = '7001,7002:udp,7003';
  const doors = (name: string, port: number): string => `
[${name}]
 sequence = ${SEQUENCE}
 tcpflags = syn
 open = tcp/${port}
 open_for = 30s
`;

  it('loses the end of no grant, however near it is to a reload', async () => {
    await using net = await netns();
    const doors = '[ssh]\n sequence = 7000,7001\n open = tcp/22\n open_for = 300ms\n';
    await using daemon = await Daemon.start(net.server, { doors });
    const sender = new FrameSender(net.client);
    const sources = Array.from({ length: 100 }, (_, nth) => stranger(nth));
    const reloading = setInterval(() => daemon.process.kill('SIGHUP'), 15);
    const frames = sources.flatMap((from) => knocks('7000,7001', { from }));
    await sender.send(frames, { gapMs: 5 });
    expect(await daemon.atLeast(sources.length, 'open', 10_000)).toHaveLength(sources.length);
    await daemon.atLeast(sources.length, 'close', 10_000);
    clearInterval(reloading);
    const closed = daemon.of('close').map(({ source }) => source);
    expect(closed.sort()).toEqual(sources.sort());
    expect(daemon.of('close').every(({ reason }) => reason === 'time')).toBe(true);
  });

  it('that fails after the file was read changes nothing, and keeps nothing open', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors('ssh', 22) });
    const sequences = join(daemon.folder, 'sequences');
    writeFileSync(sequences, '8001,8002\n', { mode: 0o600 });
    const once = `[once]\n one_time_sequences = ${sequences}\n`;
    const encoded = '[new]\n encoded = sealed\n span = 40000-40255\n keys = /nonexistent/keys\n';
    const before = daemon.openDescriptors();
    for (let time = 0; time < 5; time++) {
      daemon.configure(once + encoded);
      const { status, stderr } = postern(['reload', '-s', daemon.controlSocket]);
      expect({ status, stderr }).toMatchObject({ status: 1 });
      expect(stderr).toContain('/nonexistent/keys');
    }
    expect(await daemon.until(() => daemon.openDescriptors() === before)).toBe(true);
    net.client.run(['knock', '-d', '5', SERVER[4], ...SEQUENCE.split(',')]);
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: 'ssh' }]);
  });

  it('that the kernel has no room for a filter for leaves doors and firewall as they were', async () => {
    await using net = await netns();
    await using daemon = await Daemon.start(net.server, { doors: doors('ssh', 22) });
    const before = net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
    daemon.configure(doors('web', 80));
    net.server.run(['sysctl', '-qw', 'net.core.optmem_max=64']);
    const { status, stderr } = postern(['reload', '-s', daemon.controlSocket]);
    expect({ status, stderr }).toMatchObject({ status: 1 });
    expect(net.server.run(['nft', 'list', 'table', 'inet', 'postern'])).toBe(before);
    net.client.run(['knock', '-d', '5', SERVER[4], ...SEQUENCE.split(',')]);
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: 'ssh' }]);
  });

  it('R-101: HUP never unguards, `reload --allow-unguard` does, and says what stays shut', async () => {
    await using net = await netns();
    await (await net.server.agent()).call('listenTcp', 22);
    await using daemon = await Daemon.start(net.server, { doors: doors('ssh', 22) });
    await new FrameSender(net.client).send(knocks(SEQUENCE, { from: stranger(1) }));
    await daemon.atLeast(1, 'open');
    daemon.configure(doors('web', 80));
    daemon.process.kill('SIGHUP');
    expect(await daemon.atLeast(1, 'close')).toMatchObject([
      { door: 'ssh', source: stranger(1), reason: 'revoked' },
    ]);
    expect(elementsOf(net.server)).toEqual([]);
    expect(await connect(net, 22)).toBe('silent');
    await expect
      .poll(() => daemon.said.join('\n'))
      .toMatch(/no door guards tcp\/22 any more, so it stays shut/);
    const control = ['-s', daemon.controlSocket];
    const reload = (...flags: string[]): string =>
      net.server.run([process.execPath, `${CLI}/main.js`, 'reload', ...control, ...flags]);
    expect(reload()).toMatch(/no door guards tcp\/22 any more/);
    expect(await connect(net, 22)).toBe('silent');
    expect(reload('--allow-unguard')).toBe('reloaded, 1 door\n');
    expect(await connect(net, 22)).toBe('open');
  });

  it('R-101: HUP and `reload` keep a port shut when the folder with its door was emptied', async () => {
    await using net = await netns();
    await (await net.server.agent()).call('listenTcp', 22);
    const folder = mkdtempSync(join(tmpdir(), 'postern-doors-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'ssh.conf'), doors('ssh', 22));
    const web = '[web]\n sequence = 8001,8002\n tcpflags = syn\n open = tcp/80\n';
    const options = ` include = ${folder}`;
    await using daemon = await Daemon.start(net.server, { doors: web, options });
    await new FrameSender(net.client).send(knocks(SEQUENCE, { from: stranger(1) }));
    await daemon.atLeast(1, 'open');
    rmSync(join(folder, 'ssh.conf'));
    daemon.process.kill('SIGHUP');
    expect(await daemon.atLeast(1, 'close')).toMatchObject([{ door: 'ssh', reason: 'revoked' }]);
    expect(await connect(net, 22)).toBe('silent');
    const command = [process.execPath, `${CLI}/main.js`, 'reload', '-s', daemon.controlSocket];
    expect(net.server.run(command)).toMatch(/no door guards tcp\/22 any more/);
    expect(await connect(net, 22)).toBe('silent');
    expect(net.server.run([...command, '--allow-unguard'])).toBe('reloaded, 1 door\n');
    expect(await connect(net, 22)).toBe('open');
  });
});

describe.skipIf(noNetns)('two daemons and one table', () => {
  it('R-81: the second is refused, whatever its file and interface, and harms nothing', async () => {
    await using net = await netns();
    const options = {
      doors: '[ssh]\n sequence = 7001,7002:udp,7003\n tcpflags = syn\n open = tcp/22\n',
    };
    await using first = await Daemon.start(net.server, options);
    const table = net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
    await using second = await Daemon.start(net.server, {
      ...options,
      interfaces: ['lo'],
      readyWord: undefined,
    });
    expect(await second.ended).toBe(1);
    const keeper = `process ${first.pid} keeps table inet postern`;
    await expect.poll(() => second.said.join('\n')).toContain(keeper);
    const remove = net.server.spawn([process.execPath, `${CLI}/main.js`, 'remove-table'], {
      stderr: 'pipe',
    });
    let said = '';
    remove.stderr!.on('data', (text: Buffer) => (said += String(text)));
    const [code] = (await once(remove, 'close')) as [number];
    expect(code).toBe(1);
    expect(said).toContain(keeper);
    expect(net.server.run(['nft', 'list', 'table', 'inet', 'postern'])).toBe(table);

    await first.stop('SIGKILL');
    await using third = await Daemon.start(net.server, options);
    expect(await third.stop()).toBe(0);
  });
});
