import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Agent } from '../support/agent-client.ts';
import type { ConnectResult, NamedOpening } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { passed } from '../support/wait.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import type { Outcome } from '../../src/firewall/firewall.ts';

const DOORS = [
  door('7000', { name: 'ssh', open: [ports('tcp/22')] }),
  door('7001', { name: 'game', open: [ports('udp/27015'), ports('udp/60000-60010')] }),
  door('7002', { name: 'wide', open: [ports('tcp/8000-8003')], openPrefix6: 64 }),
  door('7003', { name: 'wide ssh', open: [ports('tcp/2222')], openPrefix6: 64 }),
  door('7004', { name: 'ssh too', open: [ports('tcp/22')] }),
  door('7005', { name: 'unguarded', open: [ports('tcp/9000')], guard: false }),
  door('7007', { name: 'network', open: [ports('tcp/2223')], openPrefix4: 24 }),
  door('7006', { name: 'odd prefix', open: [ports('tcp/2200')], openPrefix6: 44 }),
];
const LISTENING = { tcp: [22, 80, 2200, 2222, 2223, 8000, 8002, 9000], udp: [27015, 53, 60005] };

describe.skipIf(noNetns)('the guard', () => {
  let net: Netns;
  let server: Agent;
  let client: Agent;

  beforeAll(async () => {
    net = await netns();
    [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await Promise.all(LISTENING.tcp.map((port) => server.call('listenTcp', port)));
    await Promise.all(LISTENING.udp.map((port) => server.call('listenUdp', port)));
    await server.call('make', {});
    await server.call('start', DOORS);
  });
  afterAll(() => net[Symbol.asyncDispose]());

  const connect = (port: number, family: 4 | 6 = 4, from?: string) =>
    client.call<ConnectResult>('connect', SERVER[family], port, from ? { from } : {});
  const askUdp = (port: number, family: 4 | 6 = 4) =>
    client.call<boolean>('askUdp', SERVER[family], port);
  const open = async (...openings: NamedOpening[]) => {
    const outcomes = await server.call<Outcome[]>('apply', openings);
    expect(outcomes.map(({ kind }) => kind)).toEqual(openings.map(() => 'opened'));
  };

  it.each([4, 6] as const)(
    'shuts TCP over IPv%i, opens it for a source, and the kernel shuts it again',
    async (family) => {
      expect(await connect(22, family)).toBe('silent');
      await open({ door: 'ssh', source: CLIENT[family], openForMs: 1500 });
      const [granted, other] = await Promise.all([
        connect(22, family),
        connect(22, family, OTHER[family]),
      ]);
      expect([granted, other]).toEqual(['open', 'silent']);
      await passed(1600);
      expect(await connect(22, family)).toBe('silent');
    },
  );

  it('lets in the whole IPv4 network of who knocked, and nobody beyond it', async () => {
    const beyond = '10.77.1.1';
    net.client.run(['ip', 'address', 'add', `${beyond}/32`, 'dev', 'lo']);
    net.server.run(['ip', 'route', 'add', beyond, 'via', CLIENT[4]]);
    await open({ door: 'unguarded', source: beyond, openForMs: 60_000 });
    expect(await connect(9000, 4, beyond)).toBe('open'); // there is a way
    await open({ door: 'network', source: CLIENT[4], openForMs: 60_000 });
    expect(await connect(2223, 4, OTHER[4])).toBe('open');
    expect(await connect(2223, 4)).toBe('open');
    expect(await connect(2223, 4, beyond)).toBe('silent');
  });

  it.each([4, 6] as const)('judges every UDP packet over IPv%i', async (family) => {
    expect(await askUdp(27015, family)).toBe(false);
    await open({ door: 'game', source: CLIENT[family], openForMs: 1000 });
    expect(await Promise.all([askUdp(27015, family), askUdp(60005, family)])).toEqual([true, true]);
    await passed(1100);
    expect(await Promise.all([askUdp(27015, family), askUdp(60005, family)])).toEqual([
      false,
      false,
    ]);
  });

  it('opens a range of ports', async () => {
    expect(await Promise.all([connect(8000), connect(8002)])).toEqual(['silent', 'silent']);
    await open({ door: 'wide', source: CLIENT[4], openForMs: 2000 });
    expect(await Promise.all([connect(8000), connect(8002)])).toEqual(['open', 'open']);
    expect(await connect(8000, 4, OTHER[4])).toBe('silent');
  });

  it('opens for a whole /64 where the door says so', async () => {
    const spare = 'fd77::abcd/48 dev cli0 nodad preferred_lft 0';
    net.client.run(['ip', 'address', 'add', ...spare.split(' ')]);
    await open(
      { door: 'wide', source: CLIENT[6], openForMs: 2000 },
      { door: 'wide ssh', source: CLIENT[6], openForMs: 2000 },
    );
    const ofNeighbour = [connect(2222, 6, 'fd77::abcd'), connect(8002, 6, 'fd77::abcd')];
    expect(await Promise.all(ofNeighbour)).toEqual(['open', 'open']);
    expect(await connect(2222, 6, OTHER[6])).toBe('silent'); // another /64 of the same /48
  });

  it('opens for a prefix of any length', async () => {
    await open({ door: 'odd prefix', source: CLIENT[6], openForMs: 2000 });
    expect(await connect(2200, 6, OTHER[6])).toBe('open');
    expect(await connect(2200, 4)).toBe('silent');
  });

  it('keeps a port open to the latest end where two doors open it', async () => {
    const source = OTHER[4];
    await open({ door: 'ssh too', source, openForMs: 2500 });
    await open({ door: 'ssh', source, openForMs: 500 });
    await passed(900);
    expect(await connect(22, 4, source)).toBe('open');
    await passed(1800);
    expect(await connect(22, 4, source)).toBe('silent');
  });

  it('leaves alone what no door guards, and what the host says to itself', async () => {
    expect(await Promise.all([connect(80), connect(80, 6), connect(9000), connect(23)])).toEqual([
      'open',
      'open',
      'open',
      'refused',
    ]);
    expect(await askUdp(53)).toBe(true);
    const own = ['127.0.0.1', '::1', SERVER[4], SERVER[6]];
    const results = own.map((host) => server.call<ConnectResult>('connect', host, 22));
    expect(await Promise.all(results)).toEqual(['open', 'open', 'open', 'open']);
    net.client.run(['ip', '-6', 'neigh', 'flush', 'dev', 'cli0']); // neighbours are found again
    expect(await connect(80, 6)).toBe('open');
  });

  it('leaves a session alone when the grant is over', async () => {
    await open({ door: 'ssh', source: CLIENT[4], openForMs: 300 });
    const session = await client.call<number>('hold', SERVER[4], 22);
    await passed(500);
    expect(await connect(22)).toBe('silent');
    expect(await client.call('say', session)).toBe(true);
  });

  it('never switches connection tracking on', () => {
    expect(net.server.run(['conntrack', '-C']).trim()).toBe('0');
  });
});

describe.skipIf(noNetns)('the guard with exceptions', () => {
  let net: Netns;
  let server: Agent;
  let client: Agent;

  beforeAll(async () => {
    net = await netns();
    [server, client] = await Promise.all([net.server.agent(), net.client.agent()]);
    await server.call('listenTcp', 22);
  });
  afterAll(() => net[Symbol.asyncDispose]());
  const connect = (family: 4 | 6, from?: string) =>
    client.call<ConnectResult>('connect', SERVER[family], 22, from ? { from } : {});

  it('lets trusted networks in', async () => {
    await server.call('make', {
      trusted: [
        { address: parseAddress(OTHER[4]), prefix: 32 },
        { address: parseAddress('192.0.2.0'), prefix: 24 },
        { address: parseAddress('192.0.2.128'), prefix: 25 },
        { address: parseAddress('fd77:0:0:1::'), prefix: 64 },
      ],
    });
    await server.call('start', DOORS);
    const results = [connect(4), connect(6), connect(4, OTHER[4]), connect(6, OTHER[6])];
    expect(await Promise.all(results)).toEqual(['silent', 'silent', 'open', 'open']);
    await server.call('close');
  });

  it.each([
    [['srv0'], 'silent'],
    [['eth7', 'eth8'], 'open'],
  ] as const)(
    'stands on the interfaces %j alone, so a knock-less connect is %s',
    async (guardInterfaces, result) => {
      await server.call('make', { guardInterfaces });
      await server.call('start', DOORS);
      expect(await Promise.all([connect(4), connect(6)])).toEqual([result, result]);
      await server.call('close');
    },
  );
});
