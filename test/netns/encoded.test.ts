import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';

const KEY = '07'.repeat(32);
const SECRET = '3132333435363738393031323334353637383930';
const KNOCK = [process.execPath, '--no-addons', join(CLI, 'knock.js')];

describe.skipIf(noNetns)(
  `encoded knocks by the real client${noNetns ? `: ${noNetns}` : ''}`,
  () => {
    let net: Netns;
    const folder = mkdtempSync(join(tmpdir(), 'postern-encoded-'));
    const doorFile = join(folder, 'doors');
    const [keys, secret] = [join(folder, 'keys'), join(folder, 'secret')];
    const doors = `
[ssh]
 encoded = sealed
 span = 40000-40255
 keys = ${keys}
 open = tcp/22
 open_at_most = 10m
[pings]
 encoded = sealed
 span = 100-1123
 carrier = icmp
 keys = ${keys}
 open = tcp/25
[web]
 sequence = totp(${secret}, 4 ports in 20000-39999)
 open = tcp/443
`;

    beforeAll(async () => {
      net = await netns();
      writeFileSync(keys, `alice ${KEY}\n`, { mode: 0o600 });
      writeFileSync(secret, `${SECRET}\n`, { mode: 0o600 });
      const sealed = `host = ${SERVER[4]}\nencoded = sealed\nspan = 40000-40255\nkey = ${KEY}\n`;
      const code = `[web]\nhost = ${SERVER[4]}\nsequence = totp(${secret}, 4 ports in 20000-39999)\n`;
      const pings = `encoded = sealed\nspan = 100-1123\ncarrier = icmp\nkey = ${KEY}\ndoor = pings\n`;
      const both = ([4, 6] as const).map(
        (each) => `[pings${each}]\nhost = ${SERVER[each]}\n${pings}`,
      );
      writeFileSync(doorFile, `[ssh]\n${sealed}${code}${both.join('')}`, { mode: 0o600 });
    });
    afterAll(async () => {
      await net[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    });

    function knock(...args: string[]): string {
      return net.client.run([...KNOCK, '--doors', doorFile, ...args]);
    }

    it('have a span of which a start says what else it is used for', async () => {
      await using here = await netns();
      const agent = await here.server.agent();
      await agent.call('listenTcp', 40_100);
      await using daemon = await Daemon.start(here.server, { doors });
      const told = daemon.said.filter((line) => line.includes('the span of door'));
      expect(told).toEqual([
        'postern: the span of door "ssh" has ports where something listens: tcp/40100',
      ]);
    });

    it('open, ask for their time, and close', async () => {
      await using daemon = await Daemon.start(net.server, { doors });
      knock('--encode', 'ssh', '--for', '2m');
      const [open] = await daemon.atLeast(1, 'open');
      expect(open).toMatchObject({ door: 'ssh', source: CLIENT[4], openForSeconds: 120 });
      knock('--encode', 'ssh', '--close');
      expect(await daemon.atLeast(1, 'close')).toMatchObject([{ door: 'ssh', reason: 'revoked' }]);
      knock('--encode', 'ssh', '--for', '7d');
      const opens = await daemon.atLeast(2, 'open');
      expect(opens[1]).toMatchObject({ openForSeconds: 600 });
    });

    it('are refused when they come again, from elsewhere, and after a restart (R-51)', async () => {
      const [line] = knock('--encode', 'ssh', '--test').split('\n');
      const [host, ...ports] = line!.split(' ') as [string, ...string[]];
      const again = (source: string): string =>
        net.client.run([...KNOCK, '--source', source, host, ...ports]);
      await using daemon = await Daemon.start(net.server, { doors });
      again(CLIENT[4]);
      expect(await daemon.atLeast(1, 'open')).toHaveLength(1);
      again(CLIENT[4]);
      expect(await daemon.atLeast(1, 'refuse')).toMatchObject([{ reason: 'replayed' }]);
      again(OTHER[4]);
      expect((await daemon.atLeast(2, 'refuse'))[1]).toMatchObject({ reason: 'forged' });
      const asked = ['status', '--json', '--socket', daemon.controlSocket];
      const status = net.server.run([process.execPath, join(CLI, 'main.js'), ...asked]);
      expect(JSON.parse(status)).toMatchObject({
        refusedKnocks: { replayed: 1, forged: 1, late: 0 },
      });
      await daemon.stop();
      await using next = await Daemon.start(net.server, { doors, after: daemon });
      again(CLIENT[4]);
      expect(await next.atLeast(1, 'refuse')).toMatchObject([{ reason: 'replayed' }]);
      expect(next.of('open')).toEqual([]);
    });

    it.each([
      ['ssh', 'a sealed one'],
      ['web', 'a code'],
    ])('go on over a reload in their midst (R-45): at %s, %s', async (name) => {
      const [line] = knock('--encode', name, '--test').split('\n');
      const [host, ...ports] = line!.split(' ') as [string, ...string[]];
      const half = ports.length >> 1;
      const lone = `[lone]\n sequence = 7000\n open = tcp/80\n`;
      await using daemon = await Daemon.start(net.server, { doors });
      net.client.run([...KNOCK, host, ...ports.slice(0, half)]);
      daemon.configure(doors + lone);
      daemon.process.kill('SIGHUP');
      await daemon.atLeast(1, 'reloaded');
      net.client.run([...KNOCK, host, ...ports.slice(half)]);
      expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: name, source: CLIENT[4] }]);
    });

    it('made with a key that a reload in their midst takes away open nothing', async () => {
      const ports = knock('--encode', 'ssh', '--test').split('\n')[0]!.split(' ').slice(1);
      await using daemon = await Daemon.start(net.server, { doors });
      net.client.run([...KNOCK, SERVER[4], ...ports.slice(0, 32)]);
      writeFileSync(keys, `alice ${'08'.repeat(32)}\n`);
      daemon.process.kill('SIGHUP');
      await daemon.atLeast(1, 'reloaded');
      net.client.run([...KNOCK, SERVER[4], ...ports.slice(32)]);
      writeFileSync(keys, `alice ${KEY}\n`);
      daemon.process.kill('SIGHUP');
      await daemon.atLeast(2, 'reloaded');
      knock('--encode', 'ssh');
      expect(await daemon.atLeast(1, 'open')).toHaveLength(1);
    });

    it.each([4, 6] as const)('come by pings over IPv%i', async (family) => {
      await using daemon = await Daemon.start(net.server, { doors });
      knock('--encode', `pings${family}`);
      expect(await daemon.atLeast(1, 'open')).toMatchObject([
        { door: 'pings', source: CLIENT[family] },
      ]);
    });

    it('may be the ports of the moment, by the client’s file or from postern code', async () => {
      await using daemon = await Daemon.start(net.server, { doors });
      knock('--encode', 'web');
      expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: 'web', source: CLIENT[4] }]);
      const args = ['code', 'web', '-c', daemon.configFile, '--json'];
      const { stdout } = spawnSync(process.execPath, [join(CLI, 'main.js'), ...args], {
        encoding: 'utf8',
      });
      const { counter, ports } = JSON.parse(stdout) as { counter: number; ports: number[] };
      const next = String(counter + 1);
      const plain = spawnSync(
        process.execPath,
        [join(CLI, 'main.js'), 'code', 'web', '-c', daemon.configFile, '--counter', next],
        { encoding: 'utf8' },
      ).stdout.trim();
      expect(ports).toHaveLength(4);
      net.client.run([...KNOCK, SERVER[4], ...plain.split(' ')]);
      expect(await daemon.atLeast(2, 'open')).toHaveLength(2);
    });
  },
);
