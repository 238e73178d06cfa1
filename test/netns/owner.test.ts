import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import { door, ports } from '../support/door.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsOf } from '../support/sets.ts';
import { until } from '../support/until.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });
const MORE = door('7001', { name: 'more', open: [ports('tcp/80')] });

describe.skipIf(noNetns)('a table that the daemon owns', () => {
  let net: Netns;
  let server: Agent;
  beforeEach(async () => {
    net = await netns();
    await (await net.server.agent()).call('listenTcp', 22);
    server = await startAgent(net.server);
    await server.call('make', { owner: true });
    await server.call('start', [SSH]);
    await openFor(server);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const openFor = (agent: Agent) =>
    agent.call<Outcome[]>('apply', [{ door: 'ssh', source: CLIENT[4], openForMs: 60_000 }]);
  const connect = async () => (await net.client.agent()).call('connect', SERVER[4], 22);
  const refusal = (...command: string[]): string => {
    try {
      return net.server.run(['nft', ...command]);
    } catch (error) {
      return String((error as { stderr: string }).stderr);
    }
  };

  it('R-35: is left by a flush of the ruleset, and nobody else can change it', async () => {
    net.server.nft('flush ruleset');
    expect(elementsOf(net.server)).toHaveLength(1);
    const denied = /Operation not permitted/;
    expect(refusal('delete', 'table', 'inet', 'postern')).toMatch(denied);
    expect(refusal('flush', 'set', 'inet', 'postern', 'open4')).toMatch(denied);
    await server.call('check');
    expect(await server.call('counts')).toEqual({});
  });

  it('takes openings and reloads as any other', async () => {
    await server.call('start', [SSH, MORE]);
    expect(await server.call<Grant[]>('grants')).toHaveLength(1);
    const [outcome] = await openFor(server);
    expect(outcome).toMatchObject({ kind: 'opened', renewed: true });
    expect(elementsOf(net.server)).toHaveLength(1);
    expect(refusal('flush', 'chain', 'inet', 'postern', 'guard')).toMatch(/not permitted/);
  });

  it('R-43: outlives a killed daemon, guard and grants, and the next one claims it', async () => {
    server.process.kill('SIGKILL');
    await once(server.process, 'exit');
    expect(await connect()).toBe('open');
    expect(elementsOf(net.server)).toHaveLength(1);
    const next = await startAgent(net.server);
    await next.call('make', { owner: true });
    expect(await next.call<Grant[]>('start', [SSH])).toHaveLength(1);
    net.server.nft('flush ruleset');
    expect(elementsOf(net.server)).toHaveLength(1);
  });

  it('is an orphan that anyone may flush once its daemon is gone', async () => {
    await server.call('close');
    net.server.nft('flush ruleset');
    expect(net.server.run(['nft', 'list', 'tables'])).not.toContain('postern');
  });

  it.each([
    ['given up', false],
    ['kept', true],
  ])('can be %s by the next daemon, with its grants', async (_, owner) => {
    await server.call('close');
    await server.call('make', { owner });
    expect(await server.call<Grant[]>('start', [SSH])).toHaveLength(1);
    net.server.nft('flush ruleset');
    await until(() => elementsOf(net.server).length === 1);
    expect(await server.call('counts')).toEqual(owner ? {} : { 'table made again': 1 });
  });

  it('can be made of one that nobody owned, in one transaction', async () => {
    await server.call('close');
    await server.call('make', {});
    await server.call('start', [SSH]);
    await server.call('close');
    await server.call('make', { owner: true });
    expect(await server.call<Grant[]>('start', [SSH])).toHaveLength(1);
    expect(refusal('delete', 'table', 'inet', 'postern')).toMatch(/not permitted/);
  });

  it('is removed by remove-table once nobody owns it', async () => {
    await server.call('close');
    expect(await server.call('removeTable')).toBe(true);
    expect(net.server.run(['nft', 'list', 'tables'])).toBe('');
  });
});
