import { elementsOf } from '../support/sets.ts';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { formatAddress } from '../../src/tuple/address.ts';
import { startAgent } from '../support/agent-client.ts';
import type { ConnectResult } from '../support/agent.ts';
import { door, ports } from '../support/door.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Namespace } from '../support/netns.ts';
import { sendRaw, tcpPacket } from '../support/raw-tcp.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });
const VPN = door('7001', {
  name: 'vpn "home"',
  open: [ports('udp/51820'), ports('udp/60000-60010')],
  openPrefix6: 64,
});
const OTHER_RULES = 'table inet admin {\n\tchain c {\n\t\ttcp dport 99 accept\n\t}\n}\n';

describe.skipIf(noNetns)('taking over', () => {
  it('continues the grants that an earlier daemon left', async () => {
    await using net = await netns();
    const old = await startAgent(net.server);
    await old.call('make', {});
    await old.call('start', [SSH, VPN]);
    const outcomes = await old.call<Outcome[]>('apply', [
      { door: 'ssh', source: CLIENT[4], openForMs: 60_000 },
      { door: 'vpn "home"', source: CLIENT[6], openForMs: 50_000 },
      { door: 'ssh', source: OTHER[4], openForMs: 40_000, by: 'uid 1000' },
    ]);
    const given = outcomes.map((outcome) =>
      outcome.kind === 'opened' ? outcome.grant : undefined,
    );
    old.process.kill('SIGKILL');
    await once(old.process, 'exit');

    const fresh = await startAgent(net.server);
    await fresh.call('make', {});
    const found = await fresh.call<Grant[]>('start', [VPN, SSH]);
    const byId = (grants: readonly (Grant | undefined)[]) =>
      grants
        .map((grant) => ({
          id: grant!.id,
          door: grant!.door.name,
          source: formatAddress(grant!.source),
          prefix: grant!.prefix,
          ports: grant!.ports,
          by: grant!.by,
        }))
        .sort((a, b) => a.id - b.id);
    expect(byId(found)).toEqual(byId(given));
    for (const { id, untilMs } of found) {
      const before = given.find((grant) => grant!.id === id)!.untilMs;
      expect(Math.abs(untilMs - before)).toBeLessThan(10); // the kernel counts in ticks
    }
    const [next] = await fresh.call<Outcome[]>('apply', [
      { door: 'ssh', source: OTHER[6], openForMs: 1000 },
      { door: 'ssh', source: CLIENT[4], openForMs: 90_000 },
    ]);
    expect(next).toMatchObject({ renewed: false, grant: { id: 4 } });
    expect(elements(net.server)).toHaveLength(5);

    // A door that is gone takes its grants with it.
    expect(await fresh.call('start', [SSH])).toHaveLength(3);
    expect(elements(net.server)).toHaveLength(3);
  });

  it('keeps at a reload what two doors grant at one port, when the one that ends later goes', async () => {
    await using net = await netns();
    const server = await net.server.agent();
    const other = { ...SSH, name: 'other' };
    await server.call('make', {});
    await server.call('start', [SSH, other]);
    await server.call('apply', [
      { door: 'ssh', source: CLIENT[4], openForMs: 40_000 },
      { door: 'other', source: CLIENT[4], openForMs: 60_000 },
    ]);
    const [before] = await server.call<Grant[]>('grants');
    const left = await server.call<Grant[]>('start', [SSH]);
    expect(left).toEqual([before]);
    expect(elementsOf(net.server)[0]!.expiresSeconds).toBeLessThanOrEqual(40);
  });

  it('R-43: after kill -9 every grant ends at its own time, and nothing else changes', async () => {
    await using net = await netns();
    net.server.nft(OTHER_RULES);
    const sources = Array.from({ length: 100 }, (_, nth) => `10.77.0.${100 + nth}`);
    const add = sources.map((source) => `address add ${source}/24 dev cli0`).join('\n');
    net.client.run(['ip', '-batch', '-'], add);
    const [daemon, client, keeper] = await Promise.all([
      startAgent(net.server),
      net.client.agent(),
      net.server.agent(),
    ]);
    await keeper.call('listenTcp', 22);
    await daemon.call('make', {});
    await daemon.call('start', [SSH]);
    const before = net.server.run(['nft', 'list', 'table', 'inet', 'admin']);
    const openings = sources.map((source) => ({ door: 'ssh', source, openForMs: 2500 }));
    await daemon.call('apply', openings);
    daemon.process.kill('SIGKILL');
    await once(daemon.process, 'exit');

    const connectAll = async () => {
      const results = sources.map((from) =>
        client.call<ConnectResult>('connect', SERVER[4], 22, { from }),
      );
      return (await Promise.all(results)).filter((result) => result === 'open').length;
    };
    expect(await connectAll()).toBe(100);
    await passed(3500);
    expect(await connectAll()).toBe(0);
    expect(elements(net.server)).toEqual([]);
    expect(net.server.run(['nft', 'list', 'table', 'inet', 'admin'])).toBe(before);
  });

  it('R-99: grants do not come back with a saved ruleset', async () => {
    await using net = await netns();
    const server = await net.server.agent();
    await server.call('make', {});
    await server.call('start', [SSH]);
    await server.call('apply', [{ door: 'ssh', source: CLIENT[4], openForMs: 30_000 }]);
    const saved = net.server.run(['nft', 'list', 'ruleset']);
    expect(saved).toContain(`${CLIENT[4]} . tcp . 22`);
    const reset = `flush ruleset\n${saved}`;

    // While the daemon runs: the one that is still granted may stay, or come and go; a stranger may not.
    const foreign = saved.replaceAll(CLIENT[4], OTHER[4]);
    net.server.nft(foreign);
    await until(() => !elements(net.server).join().includes(OTHER[4]));
    expect(elements(net.server).join()).toContain(CLIENT[4]);
    // The text has doubled the rules, too.
    await until(async () => {
      const { 'table made again': made } = await server.call<Record<string, number>>('counts');
      return made === 1;
    });

    // At the next start, whatever the clock says: the text carries no tag.
    await server.call('close');
    net.server.nft(reset);
    expect(elements(net.server)).toHaveLength(1);
    await server.call('make', {});
    expect(await server.call('start', [SSH])).toEqual([]);
    expect(elements(net.server)).toEqual([]);
  });

  it('makes the table again, grants and all, when somebody flushes the ruleset', async () => {
    await using net = await netns();
    const server = await net.server.agent();
    await server.call('make', { checkIntervalMs: 0 });
    await server.call('start', [SSH]);
    await server.call('apply', [{ door: 'ssh', source: CLIENT[4], openForMs: 30_000 }]);
    net.server.run(['nft', 'flush', 'ruleset']);
    await server.call('check');
    expect(elements(net.server)).toHaveLength(1);
    net.server.run(['nft', 'flush', 'ruleset']);
    // An opening finds out at once.
    const outcomes = await server.call<Outcome[]>('apply', [
      { door: 'ssh', source: OTHER[4], openForMs: 30_000 },
    ]);
    expect(outcomes).toMatchObject([{ kind: 'opened', renewed: false }]);
    expect(elements(net.server)).toHaveLength(2);
    expect(await server.call('counts')).toEqual({ 'table made again': 2 });
    expect(await server.call('events')).toEqual([
      { kind: 'table made again', reason: 'it was gone', count: 1 },
    ]);
  });

  it('R-100: lets no SYN slip through over a hundred take-overs and reloads', async () => {
    await using net = await netns();
    const server = await net.server.agent();
    await server.call('listenTcp', 22);
    await server.call('make', {});
    await server.call('start', [SSH]);
    const packets = Array.from({ length: 2000 }, (_, nth) =>
      tcpPacket({ from: CLIENT[4], to: SERVER[4], tcp: { from: 20_000 + nth, to: 22, flags: 2 } }),
    );
    const seconds = 4;
    const hammer = sendRaw(net.client, { packets, perSecond: 20_000, seconds });
    await passed(300);
    for (let turn = 0; turn < 100; turn++) {
      if (turn % 2 === 0) {
        await server.call('close');
        await server.call('make', {});
      }
      await server.call('start', turn % 3 === 0 ? [SSH, VPN] : [SSH]);
      await passed(20);
    }
    const { sent, synAcks } = await hammer;
    console.log(`${sent} SYNs sent, ${Math.round(sent / seconds)} a second`);
    expect(sent).toBeGreaterThan(20_000);
    expect(synAcks).toEqual({});

    await server.call('apply', [{ door: 'ssh', source: CLIENT[4], openForMs: 5000 }]);
    const control = await sendRaw(net.client, { packets: packets.slice(0, 10), seconds: 0.3 });
    expect(Object.keys(control.synAcks)).toHaveLength(10);
  });
});

/** Keys of all elements in our sets of grants, as the real nft sees them. */
function elements(namespace: Namespace): string[] {
  const text = namespace.run(['nft', 'list', 'table', 'inet', 'postern']);
  return [...text.matchAll(/set open[^{]*\{[^}]*elements = \{([^}]*)\}/g)].flatMap(([, list]) =>
    list!.split(',').map((element) => element.trim()),
  );
}
