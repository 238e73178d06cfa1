import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import type { Agent } from '../support/agent-client.ts';
import type { ConnectResult } from '../support/agent.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { door, ports } from '../support/door.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const DOORS = [
  door('7000', { name: 'cut', open: [ports('tcp/22')], onExpire: 'cut' }),
  door('7001', { name: 'leave', open: [ports('tcp/23')] }),
  door('7002', { name: 'range', open: [ports('tcp/8000-8003')], onExpire: 'cut' }),
  door('7003', { name: 'datagrams', open: [ports('udp/53')] }),
  door('7004', { name: 'fixed', open: [ports('tcp/24')], renews: false }),
];

describe.skipIf(noNetns)('the end of a grant', () => {
  let net: Netns;
  let server: Agent;
  let client: Agent;
  beforeEach(async () => {
    net = await netns();
    [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await Promise.all([22, 23, 24, 8001].map((port) => server.call('streamTcp', port)));
    await server.call('listenUdp', 53);
    await server.call('make', {});
    await server.call('start', DOORS);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const open = async (name: string, source: string, openForMs: number) => {
    const [outcome] = await server.call<Outcome[]>('apply', [{ door: name, source, openForMs }]);
    if (outcome?.kind !== 'opened') throw new Error(`not opened: ${outcome?.reason}`);
    return outcome.grant;
  };
  const heard = (session: number) => client.call<number | undefined>('heardMs', session);
  const connect = (host: string, port: number) => client.call<ConnectResult>('connect', host, port);

  it.each([4, 6] as const)(
    'R-49, R-97: cuts what streams over IPv%i, TCP and UDP, and leaves it where the door says so',
    async (family) => {
      const host = SERVER[family];
      const grants: Grant[] = [];
      for (const name of ['cut', 'leave', 'range', 'datagrams'])
        grants.push(await open(name, CLIENT[family], 2000));
      const held = await Promise.all(
        [22, 8001, 23].map((port) => client.call<number>('hold', host, port)),
      );
      held.push(await client.call<number>('holdUdp', host, 53));
      const [cut, range, left, datagrams] = held as [number, number, number, number];
      for (const session of held) {
        await until(async () => (await heard(session)) !== undefined);
      }

      const lastEndMs = Math.max(...grants.map(({ untilMs }) => untilMs));
      await passed(lastEndMs - (await server.call<number>('now')) + 2500);
      for (const session of [cut, range, datagrams]) {
        expect((await heard(session))! - lastEndMs).toBeLessThan(1000);
      }
      expect((await heard(left))! - lastEndMs).toBeGreaterThan(1000);
      const news = [22, 8001, 23].map((port) => connect(host, port));
      expect(await Promise.all(news)).toEqual(['silent', 'silent', 'silent']);
      expect(net.server.run(['conntrack', '-C']).trim()).toBe('0');
    },
  );

  it('R-50: a knock while the door is open moves its end, or does not, as the door says', async () => {
    const ends = async (name: string) => {
      const first = await open(name, CLIENT[4], 5000);
      await passed(300);
      const second = await open(name, CLIENT[4], 5000);
      expect(second.id).toBe(first.id);
      expect(second.untilMs).toBeLessThanOrEqual((await server.call<number>('now')) + 5000);
      return second.untilMs - first.untilMs;
    };
    expect(await ends('leave')).toBeGreaterThanOrEqual(300);
    expect(await ends('fixed')).toBe(0);
    const elements = elementsOf(net.server).map(({ address, port }) => `${address} ${port}`);
    expect(elements.sort()).toEqual([`${CLIENT[4]} 23`, `${CLIENT[4]} 24`]);
  });

  it('moves the end of a grant by hand even where knocks do not', async () => {
    const { untilMs } = await open('fixed', CLIENT[4], 5000);
    const opening = { door: 'fixed', source: CLIENT[4], openForMs: 60_000, by: 'uid 0' };
    const [outcome] = await server.call<Outcome[]>('apply', [opening]);
    expect(outcome?.kind === 'opened' && outcome.grant.untilMs > untilMs + 50_000).toBe(true);
  });

  it('goes on cutting at a port whose door is gone', async () => {
    await open('cut', CLIENT[4], 60_000);
    const session = await client.call<number>('hold', SERVER[4], 22);
    await until(async () => (await heard(session)) !== undefined);
    await server.call('start', DOORS.slice(1));
    const goneMs = await server.call<number>('now');
    await passed(1500);
    expect((await heard(session))! - goneMs).toBeLessThan(1000);
  });
});

const CUTTING = `[ssh]
 sequence = 7000,8000
 seq_timeout = 5
 tcpflags = syn
 open = tcp/22
 open_for = 3s
 on_expire = cut`;

describe.skipIf(noNetns)('the first start of a door that cuts', () => {
  it.each([
    [
      'lets who is connected stay for the door’s time',
      'seed',
      'is open for 3s to who is connected',
    ],
    ['cuts who is connected where the file says so', 'cut', 'cuts living sessions at tcp/22 of'],
  ])('%s, and says so', async (_, firstStart, words) => {
    await using net = await netns();
    const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await server.call('listenTcp', 22);
    const session = await client.call<number>('hold', SERVER[4], 22);
    const options = ` first_start = ${firstStart}`;
    await using daemon = await Daemon.start(net.server, { doors: CUTTING, options });
    await expect.poll(() => daemon.said.filter((line) => line.includes(words))).toHaveLength(1);
    expect(daemon.said.find((line) => line.includes(words))).toContain(CLIENT[4]);
    await expect
      .poll(() => daemon.said.join('\n'))
      .toContain(`logged in through tcp/22: ${CLIENT[4]}. Whoever has no grant there is cut off`);
    expect(await client.call('say', session, 1000)).toBe(firstStart === 'seed');
    await until(() => elementsOf(net.server).length === 0, 15_000);
    expect(await client.call('say', session, 1000)).toBe(false);
  });

  it.each([
    ['ends them where the answer is no', 'n', false],
    ['lets them be where it is anything else', '', true],
  ])('asks at a terminal who may stay, and %s', async (_, answer, stays) => {
    await using net = await netns();
    const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await server.call('listenTcp', 22);
    const session = await client.call<number>('hold', SERVER[4], 22);
    const folder = mkdtempSync(join(tmpdir(), 'postern-ask-'));
    const file = join(folder, 'knockd.conf');
    const options = `state_folder = ${folder}/state\n control_socket = ${folder}/control.sock`;
    writeFileSync(file, `[options]\n ${options}\n${CUTTING.replace('3s', '20s')}`);
    const command = `${process.execPath} ${join(CLI, 'main.js')} run -i srv0 -c ${file}`;
    // script(1) is what makes it a terminal.
    const daemon = net.server.spawn(['script', '-qfec', `exec ${command}`, '/dev/null']);
    let said = '';
    daemon.stdout!.on('data', (text: Buffer) => (said += text.toString()));
    await until(() => said.includes('May they stay? [Y/n]'), 15_000);
    await until(() => said.includes('listening'), 15_000);
    expect(await client.call('say', session, 1000)).toBe(true);
    daemon.stdin!.write(`${answer}\n`);
    if (!stays) await until(() => said.includes(`cuts living sessions of ${CLIENT[4]}`));
    else await passed(500);
    expect(await client.call('say', session, 1000)).toBe(stays);
    expect(elementsOf(net.server)).toHaveLength(stays ? 1 : 0);
    daemon.stdin!.write('\u0003'); // Ctrl-C reaches it as ever
    await once(daemon, 'exit');
    rmSync(folder, { recursive: true });
  });

  it('gives nothing to sessions that were cut when it takes over from a daemon that was killed', async () => {
    await using net = await netns();
    const [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await server.call('listenTcp', 22);
    await using old = await Daemon.start(net.server, { doors: CUTTING });
    const opening = ['grant', 'ssh', CLIENT[4], '--for', '5s', '--socket', old.controlSocket];
    net.server.run(['node', join(CLI, 'main.js'), ...opening]);
    const session = await client.call<number>('hold', SERVER[4], 22);
    await until(() => elementsOf(net.server).length === 0, 15_000);
    old.process.kill('SIGKILL');
    await old.ended;
    await using fresh = await Daemon.start(net.server, { doors: CUTTING, after: old });
    expect(fresh.said.join('\n')).not.toContain('connected');
    expect(await client.call('say', session, 1000)).toBe(false);
  });
});
