import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import type { BorrowedSetsOptions } from '../../src/firewall/nft/borrowed/borrowed-sets.ts';
import type { NftEvent } from '../../src/firewall/nft/options.ts';
import { formatAddress } from '../../src/tuple/address.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import type { ConnectResult } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { networkOf } from '../support/network.ts';
import { ALLOWED, elementsIn, FILTER, filter } from '../support/own-rules.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')], guard: false, useSet: ALLOWED });
const BACKUP = { ...SSH, name: 'backup', open: [ports('tcp/22'), ports('tcp/80')] };
const IPV4_ONLY = { ...SSH, name: 'ipv4', useSet: { ipv4: ALLOWED.ipv4! } };
const SET = 'inet filter allowed';

describe.skipIf(noNetns)('a door with use_set', () => {
  let net: Netns;
  let server: Agent;
  beforeEach(async () => {
    net = await netns();
    server = await startAgent(net.server);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const nft = (text: string) => net.server.nft(text);
  const start = async (doors = [SSH, BACKUP, IPV4_ONLY], options: BorrowedSetsOptions = {}) => {
    await server.call('makeBorrowed', options);
    return server.call<Grant[]>('start', doors);
  };
  const open = (source: string, openForMs = 60_000, name = 'ssh') =>
    server.call<Outcome[]>('apply', [{ door: name, source, openForMs }]).then(([one]) => one!);
  const sources = () =>
    server
      .call<Grant[]>('grants')
      .then((grants) => grants.map(({ source }) => formatAddress(source)).sort());
  const inSet = (set = SET) => elementsIn(net.server, set)?.map(({ key }) => key.join(' . '));
  const reload = (text = FILTER) => nft(`delete table inet filter\n${text}`);
  const kinds = async () => (await server.call<NftEvent[]>('events')).map(({ kind }) => kind);

  it('lets in who has a grant, by the rules that refer to the set, and nobody else', async () => {
    nft(FILTER);
    await start([SSH]);
    await server.call('listenTcp', 22);
    const client = await net.client.agent();
    for (const family of [4, 6] as const) {
      const connect = (from?: string) =>
        client.call<ConnectResult>('connect', SERVER[family], 22, from ? { from } : {});
      expect(await connect()).toBe('silent');
      expect(await open(CLIENT[family], 2000)).toMatchObject({ kind: 'opened' });
      expect(await connect()).toBe('open');
      expect(await connect(OTHER[family])).toBe('silent');
    }
    await passed(2000);
    expect(await client.call('connect', SERVER[4], 22)).toBe('silent');
    expect(net.server.run(['nft', 'list', 'tables'])).toBe('table inet filter\n');
  });

  it('leaves alone what stands there already, at the end too', async () => {
    nft(filter({ elements: 'elements = { 203.0.113.9, 203.0.113.8 timeout 50s }' }));
    await start();
    for (const source of ['203.0.113.8', '203.0.113.9']) {
      expect(await open(source, 1000)).toMatchObject({ kind: 'opened', renewed: false });
      expect(await open(source, 2000)).toMatchObject({ kind: 'opened', renewed: true });
    }
    await server.call('revoke', 'ssh', networkOf('203.0.113.0/24'));
    expect(await sources()).toEqual([]);
    const elements = elementsIn(net.server)!.map(({ key, expiresSeconds }) => [
      key,
      expiresSeconds,
    ]);
    expect(elements).toEqual([
      [['203.0.113.8'], expect.closeTo(49, 0) as number],
      [['203.0.113.9'], Infinity],
    ]);
    nft(`delete element ${SET} { 203.0.113.9 }`);
    expect(await open('203.0.113.9')).toMatchObject({ kind: 'opened' });
    expect(elementsIn(net.server)).toContainEqual({
      key: ['203.0.113.9'],
      expiresSeconds: expect.any(Number) as number,
      comment: 'ssh',
    });
  });

  it('R-98: counts an element that was deleted by hand as revoked, and never puts it back', async () => {
    nft(FILTER);
    await start();
    await open('203.0.113.9');
    await open('203.0.113.8');
    nft(`delete element ${SET} { 203.0.113.9 }`);
    await until(async () => (await sources()).length === 1);
    const revoked = await server.call<Grant[]>('revoked');
    expect(revoked.map(({ source }) => formatAddress(source))).toEqual(['203.0.113.9']);
    reload();
    await until(() => inSet()?.length === 1);
    expect(inSet()).toEqual(['203.0.113.8']);
  });

  it('R-97: is back with the time that grants have left when the rules are loaded anew', async () => {
    nft(FILTER);
    await start();
    await open('203.0.113.9', 30_000);
    await open('2001:db8::9', 30_000, 'backup');
    for (const text of [`flush ruleset\n${FILTER}`, `delete table inet filter\n${FILTER}`]) {
      await passed(1100);
      nft(text);
      await until(() => inSet()?.length === 1);
      await until(() => inSet('inet filter allowed6')?.length === 1);
    }
    for (const set of [SET, 'inet filter allowed6']) {
      const [element] = elementsIn(net.server, set)!;
      expect(element!.expiresSeconds).toBeLessThan(28);
    }
    expect(await kinds()).toEqual(expect.arrayContaining(['set filled', 'set filled']));
  });

  it('opens nothing while the set is missing, says so once, and takes it up when it comes', async () => {
    await start();
    expect(await open('203.0.113.9')).toMatchObject({
      kind: 'refused',
      error: { message: expect.stringContaining('nft add set inet filter allowed') as string },
    });
    expect(await server.call('troubles')).toHaveLength(2);
    nft(FILTER);
    await until(async () => (await server.call<string[]>('troubles')).length === 0);
    expect(await open('203.0.113.9')).toMatchObject({ kind: 'opened' });
    nft('delete table inet filter');
    await until(async () => (await server.call<string[]>('troubles')).length > 0);
    expect(await sources()).toEqual(['203.0.113.9']);
    nft(FILTER);
    await until(() => inSet()?.length === 1);
  });

  it('keeps a grant through a reload of its own while the set is missing', async () => {
    nft(FILTER);
    await start();
    await open('203.0.113.9');
    nft('delete table inet filter');
    await server.call('start', [SSH]);
    expect(await sources()).toEqual(['203.0.113.9']);
    nft(FILTER);
    await until(() => inSet()?.length === 1);
  });

  it('ends the grants of a door that a reload takes away, and no others', async () => {
    nft(FILTER);
    await start();
    await open('203.0.113.9', 60_000, 'ssh');
    await open('203.0.113.8', 60_000, 'backup');
    await open('203.0.113.7', 60_000, 'backup');
    await open('203.0.113.7', 90_000, 'ssh');
    await server.call('start', [BACKUP]);
    expect(await sources()).toEqual(['203.0.113.7', '203.0.113.8']);
    expect(inSet()!.sort()).toEqual(['203.0.113.7', '203.0.113.8']);
  });

  it('R-30: finds its grants again when it was killed, and leaves what others have put there', async () => {
    nft(filter({ elements: 'elements = { 198.51.100.7 timeout 1h comment "ssh" }' }));
    await start();
    await open('203.0.113.9', 60_000, 'backup');
    server.process.kill('SIGKILL');
    await once(server.process, 'exit');
    server = await startAgent(net.server);
    const grants = await start();
    expect(grants).toMatchObject([{ door: { name: 'backup' }, ports: BACKUP.open }]);
    expect(await sources()).toEqual(['203.0.113.9']);
    expect(inSet()!.sort()).toEqual(['198.51.100.7', '203.0.113.9']);
  });

  it('takes its elements with it where on_stop = remove says so, and no others', async () => {
    nft(filter({ elements: 'elements = { 198.51.100.7 }' }));
    await start([SSH], { onStop: 'remove' });
    await open('203.0.113.9');
    await server.call('close');
    expect(inSet()).toEqual(['198.51.100.7']);
  });

  it('refuses an IPv6 source where the door has no use_set6', async () => {
    nft(FILTER);
    await start();
    const outcome = await open('2001:db8::9', 1000, 'ipv4');
    expect(outcome).toMatchObject({
      error: { message: expect.stringContaining('use_set6') as string },
    });
  });

  it.each([
    ['ipv4_addr . inet_service', ['203.0.113.9 . 22', '203.0.113.9 . 80']],
    ['ipv4_addr . inet_proto . inet_service', ['203.0.113.9 . tcp . 22', '203.0.113.9 . tcp . 80']],
  ])('writes a port each into a set of %s', async (type, expected) => {
    nft(`table ip own { set allowed { type ${type}; flags timeout; }; }`);
    const useSet = { ipv4: { table: 'ip own', name: 'allowed' } };
    await start([{ ...BACKUP, useSet }]);
    expect(await open('203.0.113.9', 60_000, 'backup')).toMatchObject({ kind: 'opened' });
    const services: Record<string, string> = { ssh: '22', http: '80' };
    const seen = inSet('ip own allowed')!.map((key) =>
      key.replace(/ssh|http/, (it) => services[it]!),
    );
    expect(seen.sort()).toEqual(expected);
    await server.call('revoke', 'backup', networkOf('203.0.113.9'));
    expect(inSet('ip own allowed')).toEqual([]);
  });

  it.each([
    ['type ipv4_addr', 'have no end'],
    ['type ipv6_addr; flags timeout', 'type is none of'],
    ['type ipv4_addr . ifname; flags timeout', 'type is none of'],
    ['type ipv4_addr; flags interval, timeout', 'flags interval'],
  ])('does not start with a set of %s', async (form, reason) => {
    nft(`table inet filter { set allowed { ${form}; }; }`);
    await expect(start([IPV4_ONLY])).rejects.toThrow(reason);
  });

  it('does not start where a door opens a range and the set names a port each', async () => {
    nft('table inet filter { set allowed { type ipv4_addr . inet_service; flags timeout; }; }');
    const range = { ...IPV4_ONLY, open: [ports('udp/60000-61000')] };
    await expect(start([range])).rejects.toThrow('udp/60000-61000');
  });
});
