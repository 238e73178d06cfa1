import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import { door, ports } from '../support/door.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';
import { networkOf } from '../support/network.ts';
import { elementsOf } from '../support/sets.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });
const BOTH = door('7001', { name: 'both', open: [ports('tcp/22'), ports('udp/53')] });
const SOURCE = '198.18.0.9';

describe.skipIf(noNetns)('revoking', () => {
  let net: Netns;
  let server: Agent;
  beforeEach(async () => {
    net = await netns();
    server = await startAgent(net.server);
    await server.call('make', {});
    await server.call('start', [SSH, BOTH]);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const open = async (name: string, openForMs: number, source = SOURCE) => {
    const opening = { door: name, source, openForMs };
    const [outcome] = await server.call<Outcome[]>('apply', [opening]);
    expect(outcome!.kind).toBe('opened');
  };
  const revoke = (name: string, from = SOURCE) =>
    server.call<Grant[]>('revoke', name, networkOf(from));
  const inKernel = () =>
    elementsOf(net.server).map(({ address, port, expiresSeconds }) => ({
      key: `${address} ${port}`,
      minutes: Math.ceil(expiresSeconds / 60),
    }));

  it('takes the elements out of the kernel', async () => {
    await open('both', 60_000);
    expect(inKernel()).toHaveLength(2);
    expect(await revoke('both')).toHaveLength(1);
    expect(inKernel()).toEqual([]);
  });

  it.each([
    ['later', 'earlier', 600_000, 60_000],
    ['earlier', 'later', 60_000, 600_000],
  ])(
    'leaves an element that another door’s grant shares, where the %s of two ends goes before the %s',
    async (_, __, revokedMs, otherMs) => {
      await open('ssh', revokedMs);
      await open('both', otherMs);
      await revoke('ssh');
      const minutes = otherMs / 60_000;
      expect(inKernel()).toEqual(
        expect.arrayContaining([
          { key: `${SOURCE} 22`, minutes },
          { key: `${SOURCE} 53`, minutes },
        ]),
      );
      await revoke('both');
      expect(inKernel()).toEqual([]);
    },
  );

  it('revokes more at once than one transaction holds', async () => {
    const sources = Array.from({ length: 5000 }, (_, nth) => `198.18.${nth >> 8}.${nth & 255}`);
    const openings = sources.map((source) => ({ door: 'both', source, openForMs: 60_000 }));
    for (const { kind } of await server.call<Outcome[]>('apply', openings))
      expect(kind).toBe('opened');
    expect(inKernel()).toHaveLength(10_000);
    expect(await revoke('both', '198.18.0.0/16')).toHaveLength(5000);
    expect(inKernel()).toEqual([]);
  });

  it('stays revoked where the table was flushed away meanwhile', async () => {
    await open('ssh', 60_000);
    await open('ssh', 60_000, '198.18.0.10');
    net.server.run(['nft', 'flush', 'ruleset']);
    expect(await revoke('ssh')).toHaveLength(1);
    await server.call('check');
    expect(inKernel()).toEqual([{ key: '198.18.0.10 22', minutes: 1 }]);
  });
});
