import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import { door, ports } from '../support/door.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });

/** A namespace can't be put to sleep: the firewall is told that the machine was. */
describe.skipIf(noNetns)('a machine that has slept', () => {
  let net: Netns;
  let server: Agent;
  beforeEach(async () => {
    net = await netns();
    server = await startAgent(net.server);
    await server.call('make', {});
    await server.call('start', [SSH]);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const open = async (source: string, openForMs: number): Promise<void> => {
    const opening = { door: 'ssh', source, openForMs };
    const [outcome] = await server.call<Outcome[]>('apply', [opening]);
    expect(outcome!.kind).toBe('opened');
  };
  const inKernel = (): Record<string, number> =>
    Object.fromEntries(
      elementsOf(net.server).map(({ address, expiresSeconds }) => [
        address,
        Math.ceil(expiresSeconds / 60),
      ]),
    );

  it('has its grants end in the kernel so much earlier, and those at once whose time is up', async () => {
    await open('198.18.0.1', 10 * 60_000);
    await open('198.18.0.2', 60 * 60_000);
    await open('198.18.0.3', 60_000);
    expect(inKernel()).toEqual({ '198.18.0.1': 10, '198.18.0.2': 60, '198.18.0.3': 1 });
    await server.call('shorten', 5 * 60_000);
    expect(inKernel()).toEqual({ '198.18.0.1': 5, '198.18.0.2': 55 });
    expect((await server.call<Grant[]>('expire')).map(({ door: { name } }) => name)).toEqual([
      'ssh',
    ]);
  });
});
