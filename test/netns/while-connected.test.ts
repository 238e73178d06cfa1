import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import type { ConnectResult } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { networkOf } from '../support/network.ts';
import { elementsOf } from '../support/sets.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const held = (maxOpenSeconds: number) =>
  door('7000', {
    name: 'ssh',
    open: [ports('tcp/22')],
    onExpire: 'cut',
    whileConnected: { idleSeconds: 2, maxOpenSeconds },
  });
const FREE = door('7001', { name: 'free', open: [ports('tcp/80')] });

describe.skipIf(noNetns)('a door that stays open while somebody is connected', () => {
  let net: Netns;
  let server: Agent;
  let client: Agent;
  beforeEach(async () => {
    net = await netns();
    client = await net.client.agent();
    const listener = await net.server.agent();
    await listener.call('listenTcp', 22);
    server = await startAgent(net.server);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const begin = async (maxOpenSeconds = 3600) => {
    await server.call('make', {});
    return server.call<Grant[]>('start', [held(maxOpenSeconds), FREE]);
  };
  const open = async (openForMs: number) => {
    const opening = { door: 'ssh', source: CLIENT[4], openForMs };
    const [outcome] = await server.call<Outcome[]>('apply', [opening]);
    expect(outcome!.kind).toBe('opened');
  };
  const say = (session: number) => client.call<boolean>('say', session, 1000);
  const keepTalking = async (session: number, forMs: number) => {
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs) {
      expect(await say(session)).toBe(true);
      await passed(200);
    }
  };
  const inKernel = () => [
    ...elementsOf(net.server, 'held4_2000ms'),
    ...elementsOf(net.server, 'live4_2000ms'),
  ];

  it('outlives open_for while its session speaks, daemon or no daemon, and ends with its silence', async () => {
    await begin();
    await open(1500);
    const session = await client.call<number>('hold', SERVER[4], 22);
    await keepTalking(session, 3000);
    const connect = (from?: string) =>
      client.call<ConnectResult>('connect', SERVER[4], 22, from ? { from } : {});
    expect(await Promise.all([connect(), connect(OTHER[4])])).toEqual(['open', 'silent']);
    expect(await server.call('expire')).toEqual([]);
    expect(await server.call('grants')).toHaveLength(1);
    await passed(3000);
    expect(await say(session)).toBe(false);
    expect(await connect()).toBe('silent');
    const ended: Grant[] = [];
    const expire = async () => ended.push(...(await server.call<Grant[]>('expire')));
    await expect.poll(expire).toBe(1);
    expect(ended[0]!.door.name).toBe('ssh');
    expect(await server.call('grants')).toEqual([]);
    expect(inKernel()).toEqual([]);
    expect(net.server.run(['conntrack', '-C']).trim()).toBe('0');
  });

  it('looks in several turns who speaks among a great many, and ends those that do not', async () => {
    await server.call('make', {});
    await server.call('start', [held(3600)]);
    const openings = Array.from({ length: 20_000 }, (_, nth) => ({
      door: 'ssh',
      source: `198.18.${nth >> 8}.${nth & 255}`,
      openForMs: 600_000,
    }));
    for (let from = 0; from < openings.length; from += 2000) {
      await server.call('apply', openings.slice(from, from + 2000));
    }
    let turns = 0;
    const look = async (): Promise<number> => {
      await passed(110); // as it looks no sooner
      const ended = await server.call<Grant[]>('expire');
      for (; ; turns++) {
        const nowMs = await server.call<number>('now');
        const nextMs = await server.call<number>('nextExpiryMs');
        if (nextMs > nowMs + 50) return ended.length;
        ended.push(...(await server.call<Grant[]>('expire')));
      }
    };
    expect(await look()).toBe(0);
    expect(turns).toBeGreaterThan(3);
    const silent = openings.slice(0, 3000).map(({ source }) => `${source} . tcp . 22`);
    net.server.nft(`delete element inet postern live4_2000ms { ${silent.join(', ')} }`);
    let ended = 0;
    await until(async () => (ended += await look()) >= 3000, 30_000);
    expect(ended).toBe(3000);
    expect(await server.call('grants')).toHaveLength(17_000);
  });

  it('ends after open_for where nobody connects', async () => {
    await begin();
    await open(500);
    await until(async () => (await server.call<Grant[]>('expire')).length === 1);
    expect(inKernel()).toEqual([]);
  });

  it('never outlives max_open', async () => {
    await begin(3);
    await open(1500);
    const session = await client.call<number>('hold', SERVER[4], 22);
    await keepTalking(session, 1500);
    await passed(2500);
    expect(await say(session)).toBe(false);
    await expect.poll(async () => (await server.call<Grant[]>('expire')).length).toBe(1);
    await until(() => Promise.resolve(inKernel().length === 0));
  });

  it.each([
    ['revoked', () => server.call('revoke', 'ssh', networkOf(CLIENT[4]))],
    [
      'flushed out of the set of grants by hand',
      () => Promise.resolve(net.server.run('nft flush set inet postern held4_2000ms'.split(' '))),
    ],
    [
      'flushed out of the set of who speaks by hand',
      () => Promise.resolve(net.server.run('nft flush set inet postern live4_2000ms'.split(' '))),
    ],
  ])('R-98: stays closed where it was %s beside a flow that speaks', async (_, end) => {
    await begin();
    await open(60_000);
    const session = await client.call<number>('hold', SERVER[4], 22);
    await keepTalking(session, 500);
    await end();
    expect(await say(session)).toBe(false);
    await server.call('check');
    const isGone = async () => {
      await server.call('expire');
      return inKernel().length === 0 && (await server.call<Grant[]>('grants')).length === 0;
    };
    await until(isGone);
    await passed(2000);
    expect([inKernel(), await say(session)]).toEqual([[], false]);
  });

  it('is taken over from a daemon that was killed, and its session goes on', async () => {
    await begin();
    await open(1500);
    const session = await client.call<number>('hold', SERVER[4], 22);
    await keepTalking(session, 2000);
    server.process.kill('SIGKILL');
    await once(server.process, 'exit');
    await keepTalking(session, 500);
    server = await startAgent(net.server);
    const found = await begin();
    expect(found.map((grant) => grant.door.name)).toEqual(['ssh']);
    await keepTalking(session, 1000);
    expect(await server.call('expire')).toEqual([]);
  });

  it('comes back with its session when the ruleset is flushed', async () => {
    await begin();
    await open(1500);
    const session = await client.call<number>('hold', SERVER[4], 22);
    await keepTalking(session, 1000);
    await server.call('expire');
    net.server.run(['nft', 'flush', 'ruleset']);
    await server.call('check');
    expect(inKernel()).toHaveLength(2);
    await keepTalking(session, 2500);
    expect(await server.call('expire')).toEqual([]);
  });
});
