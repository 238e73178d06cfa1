import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postern } from '../support/cli.ts';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { elementsOf, leftMsIn } from '../support/sets.ts';
import { preloaded } from '../support/shim.ts';
import { passed } from '../support/wait.ts';

const OPTIONS = ' owner = yes';
const DOORS = `
[ssh]
 sequence = 7001,7002
 tcpflags = syn
 open = tcp/22
 open_for = 30s
 guard = no
`;

describe.skipIf(noNetns)('a table that ends with the daemon that owns it', () => {
  let folder: string;
  let by: string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-mortal-'));
    by = preloaded('no_persist', folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = (net: Netns, after?: Daemon, doors = DOORS) =>
    Daemon.start(net.server, { doors, options: OPTIONS, by, ...(after && { after }) });
  const knock = async (net: Netns, daemon: Daemon) => {
    net.client.run(['knock', '-d', '5', SERVER[4], '7001', '7002']);
    await daemon.atLeast(1, 'open');
  };
  const hasTable = (net: Netns) => net.server.run(['nft', 'list', 'tables']).includes('postern');
  const ask = (daemon: Daemon, ...args: string[]) => postern([...args, '-s', daemon.controlSocket]);

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'R-44: its grants outlive %s with what they have left, and not longer',
    async (signal) => {
      await using net = await netns();
      await using first = await start(net);
      await knock(net, first);
      expect(ask(first, 'grant', 'ssh', '198.51.100.7', '--for', '20s').status).toBe(0);
      expect(ask(first, 'grant', 'ssh', '198.51.100.8', '--for', '1s').status).toBe(0);
      const readMs = performance.now();
      const before = leftMsIn(net.server);
      await first.stop(signal);
      expect(hasTable(net)).toBe(false);
      await passed(1000);
      await using second = await start(net, first);
      const after = leftMsIn(net.server);
      const passedMs = performance.now() - readMs;
      expect([...after.keys()].sort()).toEqual([CLIENT[4], '198.51.100.7']);
      for (const [address, leftMs] of after) {
        const errorMs = leftMs - (before.get(address)! - passedMs);
        expect(Math.abs(errorMs)).toBeLessThan(300);
      }
      await expect.poll(() => second.said.join('\n')).toContain('took over 2 open grants');
      // A second crash, before anything new was written, loses nothing either.
      await second.stop('SIGKILL');
      await using third = await start(net, second);
      expect(elementsOf(net.server)).toHaveLength(2);
      expect(third.said.join('\n')).not.toContain('not kept');
    },
  );

  it('what was revoked stays so after a crash, and so does what lost its door', async () => {
    await using net = await netns();
    await using first = await start(net);
    await knock(net, first);
    ask(first, 'grant', 'ssh', '198.51.100.7');
    expect(ask(first, 'revoke', 'ssh', CLIENT[4]).status).toBe(0);
    await first.stop('SIGKILL');
    await using second = await start(net, first);
    expect(elementsOf(net.server).map(({ address }) => address)).toEqual(['198.51.100.7']);
    await second.stop('SIGKILL');
    await using third = await start(net, second, DOORS.replace('[ssh]', '[other]'));
    expect(elementsOf(net.server)).toEqual([]);
    await third.stop('SIGKILL');
    await using last = await start(net, third);
    expect(elementsOf(net.server)).toEqual([]);
    expect(last.of('open')).toEqual([]);
  });

  it('leaves no file where a table stays, so that none is taken for true later on', async () => {
    await using net = await netns();
    await using first = await start(net);
    await knock(net, first);
    await first.stop('SIGKILL');
    const files = () => readdirSync(first.stateFolder).filter((name) => name.startsWith('grants.'));
    expect(files()).toHaveLength(1);
    await using second = await Daemon.start(net.server, { doors: DOORS, after: first });
    expect(elementsOf(net.server)).toEqual([]);
    expect(files()).toEqual([]);
    expect(await second.stop()).toBe(0);
  });
});
