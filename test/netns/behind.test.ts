import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant, Outcome } from '../../src/firewall/firewall.ts';
import { parseAddress } from '../../src/tuple/address.ts';
import { startAgent, type Agent } from '../support/agent-client.ts';
import type { ConnectResult } from '../support/agent.ts';
import { CLI, Daemon } from '../support/daemon.ts';
import { door, ports } from '../support/door.ts';
import { BACKEND, CLIENT, netns, noNetns, OTHER, SERVER, type Netns } from '../support/netns.ts';
import { networkOf } from '../support/network.ts';
import { until } from '../support/until.ts';
import { passed } from '../support/wait.ts';

const sentOn = (family: 4 | 6) => ({
  ...ports('tcp/2222'),
  forward: { address: parseAddress(BACKEND[family])!, port: 22 },
});
const open = [sentOn(4), sentOn(6)];
const SHELL = door('7000', { name: 'shell', open });
const CUT = door('7000', { name: 'shell', open, onExpire: 'cut' });

/** Docker's policy. */
const FORWARD_DROP = `table inet other {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		meta mark & 0x10000000 != 0 accept
	}
}`;

describe.skipIf(noNetns)('a port that is sent on to a machine behind this host', () => {
  let net: Netns;
  let server: Agent;
  let client: Agent;
  beforeEach(async () => {
    net = await netns({ backend: true });
    const [backend, listener] = await Promise.all([net.backend.agent(), net.server.agent()]);
    client = await net.client.agent();
    server = await startAgent(net.server);
    await Promise.all([22, 80].map((port) => backend.call('listenTcp', port)));
    await listener.call('listenTcp', 2222);
  });
  afterEach(() => net[Symbol.asyncDispose]());

  const begin = async (one = SHELL, options = {}) => {
    await server.call('make', options);
    return server.call<Grant[]>('start', [one]);
  };
  const grant = async (family: 4 | 6, openForMs: number) => {
    const opening = { door: 'shell', source: CLIENT[family], openForMs };
    const [outcome] = await server.call<Outcome[]>('apply', [opening]);
    if (outcome?.kind !== 'opened') throw new Error(`not opened: ${outcome?.reason}`);
    return outcome.grant;
  };
  const connect = (host: string, port: number, from?: string) =>
    client.call<ConnectResult>('connect', host, port, from ? { from } : {});

  it.each([4, 6] as const)(
    'leads who has a grant there over IPv%i, keeps all others out of both, and ends with the grant',
    async (family) => {
      await begin();
      // Neighbours take a moment to find each other in a network that has just been made.
      const hasPath = async () => (await connect(BACKEND[family], 80, OTHER[family])) === 'open';
      await until(hasPath);
      expect(await connect(SERVER[family], 2222)).toBe('silent');
      const { ports: opened } = await grant(family, 2500);
      expect(opened).toEqual([sentOn(family)]);
      const session = await client.call<number>('hold', SERVER[family], 2222);
      expect(net.backend.run(['ss', '-Htn', 'sport', '=', ':22'])).toContain(CLIENT[family]);
      const results = await Promise.all([
        connect(SERVER[family], 2222, OTHER[family]),
        connect(BACKEND[family], 22, OTHER[family]),
        connect(BACKEND[family], 80, OTHER[family]),
      ]);
      expect(results).toEqual(['silent', 'silent', 'open']);
      await passed(2600);
      const ended = [connect(SERVER[family], 2222), connect(BACKEND[family], 22)];
      expect(await Promise.all(ended)).toEqual(['silent', 'silent']);
      expect(await client.call('say', session)).toBe(true);
    },
  );

  it('cuts the session there with its grant, where the door says so', async () => {
    await begin(CUT);
    await grant(4, 1500);
    const session = await client.call<number>('hold', SERVER[4], 2222);
    expect(await client.call('say', session)).toBe(true);
    await passed(1600);
    expect(await client.call('say', session)).toBe(false);
  });

  it('is shut by a revocation', async () => {
    await begin(CUT);
    await grant(4, 60_000);
    const session = await client.call<number>('hold', SERVER[4], 2222);
    expect(await server.call('revoke', 'shell', networkOf(CLIENT[4]))).toHaveLength(1);
    expect(await client.call('say', session)).toBe(false);
    expect(await connect(SERVER[4], 2222)).toBe('silent');
  });

  it('is taken over from a daemon that was killed, and comes back when it is flushed', async () => {
    await begin();
    await grant(4, 60_000);
    server.process.kill('SIGKILL');
    await once(server.process, 'exit');
    expect(await connect(SERVER[4], 2222)).toBe('open');
    server = await startAgent(net.server);
    expect(await begin()).toHaveLength(1);
    expect(await connect(SERVER[4], 2222)).toBe('open');
    net.server.run(['nft', 'flush', 'ruleset']);
    await server.call('check');
    const both = [connect(SERVER[4], 2222), connect(SERVER[4], 2222, OTHER[4])];
    expect(await Promise.all(both)).toEqual(['open', 'silent']);
    expect(await server.call('grants')).toHaveLength(1);
  });

  it('leads past a policy that drops what is forwarded, by the mark', async () => {
    net.server.nft(FORWARD_DROP);
    await begin(SHELL, { mark: 0x1000_0000 });
    await grant(4, 60_000);
    const both = [connect(SERVER[4], 2222), connect(BACKEND[4], 80)];
    expect(await Promise.all(both)).toEqual(['open', 'silent']);
  });

  it('R-101: stays shut there when its door goes, over a flush and a crash, until a reload lets it go', async () => {
    await begin();
    await until(async () => (await connect(BACKEND[4], 80, OTHER[4])) === 'open');
    const rest = door('7001', { name: 'rest', open: [ports('tcp/23')] });
    await server.call('start', [rest]);
    expect(await connect(BACKEND[4], 22)).toBe('silent');
    const [event] = await server.call<{ ports: object[] }[]>('events');
    expect(event).toMatchObject({
      kind: 'still guarded',
      ports: [{ from: 2222 }, { from: 22 }, { from: 22 }],
    });
    net.server.run(['nft', 'flush', 'ruleset']);
    await server.call('check');
    expect(await connect(BACKEND[4], 22)).toBe('silent');
    server.process.kill('SIGKILL');
    await once(server.process, 'exit');
    server = await startAgent(net.server);
    await begin(rest);
    expect(await connect(BACKEND[4], 22)).toBe('silent');
    await server.call('start', [rest], { allowUnguard: true });
    expect(await Promise.all([connect(BACKEND[4], 22), connect(SERVER[4], 2222)])).toEqual([
      'open',
      'open',
    ]);
  });

  it.each([4, 6] as const)(
    'leads everybody there over IPv%i while an emergency lifts its guard, and a flush changes nothing',
    async (family) => {
      const folder = mkdtempSync(join(tmpdir(), 'postern-behind-'));
      const file = join(folder, 'knockd.conf');
      const open = `tcp/2222 -> ${BACKEND[4]}:22, tcp/2222 -> [${BACKEND[6]}]:22`;
      writeFileSync(file, `[shell]\n sequence = 7000,8000\n open = ${open}\n`);
      await begin();
      await until(async () => (await connect(BACKEND[family], 80)) === 'open');
      expect(await connect(SERVER[family], 2222)).toBe('silent');
      const said = net.server.run([
        ...[process.execPath, join(CLI, 'main.js')],
        ...['emergency-open', 'shell', '--for', '4s', '-c', file],
      ]);
      const liftedMs = performance.now();
      expect(said).toBe(`${open}: open to everybody for 4 s\n`);
      const session = await client.call<number>('hold', SERVER[family], 2222);
      expect(net.backend.run(['ss', '-Htn', 'sport', '=', ':22'])).toContain(CLIENT[family]);
      net.server.run(['nft', 'flush', 'ruleset']);
      await server.call('check');
      const both = [connect(BACKEND[family], 22), connect(SERVER[family], 2222, OTHER[family])];
      expect(await Promise.all(both)).toEqual(['open', 'open']);
      expect(await server.call('lifted')).toMatchObject([
        { from: 2222 },
        { from: 22 },
        { from: 22 },
      ]);
      await passed(Math.max(0, liftedMs + 4100 - performance.now()));
      expect(
        await Promise.all([connect(BACKEND[family], 22), connect(SERVER[family], 2222)]),
      ).toEqual(['silent', 'silent']);
      expect(await client.call('say', session)).toBe(true);
      rmSync(folder, { recursive: true });
    },
  );

  describe('on trial', () => {
    const doors = `[shell]\n sequence = 7000,7001\n open = tcp/2222 -> ${BACKEND[4]}:22\n`;
    const both = () => Promise.all([connect(BACKEND[4], 22), connect(SERVER[4], 2222)]);
    const confirm = () => {
      const command = net.server.enter([process.execPath, join(CLI, 'main.js'), 'confirm']);
      const { stdout, stderr } = spawnSync(...command, { encoding: 'utf8' });
      return stdout + stderr;
    };

    it('is open again at both ends when nobody confirmed it, daemon or no daemon, over a flush', async () => {
      await until(async () => (await connect(BACKEND[4], 80)) === 'open');
      await using daemon = await Daemon.start(net.server, { doors, flags: ['--trial', '9s'] });
      const place = `tcp/2222, tcp/22 of ${BACKEND[4]}`;
      await expect
        .poll(() => daemon.said.join('\n'))
        .toContain(`guarded on trial for 9 s: ${place}.`);
      net.server.nft('flush ruleset');
      await daemon.until(() => daemon.said.some((line) => line.includes('it was gone')));
      expect(await both()).toEqual(['silent', 'silent']);
      await daemon.stop('SIGKILL');
      await until(async () => (await both()).join() === 'open,open', 20_000);
      expect(confirm()).toContain(`too late for ${place}`);
      await using after = await Daemon.start(net.server, { doors, after: daemon });
      expect(await both()).toEqual(['open', 'open']);
      await expect.poll(() => after.said.join('\n')).toContain(place);
    });

    it('stays shut at both ends when it was confirmed, and takes no guard away that stood', async () => {
      await until(async () => (await connect(BACKEND[4], 80)) === 'open');
      await using daemon = await Daemon.start(net.server, { doors, flags: ['--trial', '20s'] });
      expect(confirm()).toBe(`guarded from now on: tcp/2222, tcp/22 of ${BACKEND[4]}\n`);
      await daemon.until(() => daemon.said.some((line) => line.includes('a guard was confirmed')));
      expect(net.server.run(['nft', 'list', 'table', 'inet', 'postern'])).not.toContain('trial');
      await daemon.stop();
      const again = { doors, flags: ['--trial', '1s'], after: daemon };
      await using second = await Daemon.start(net.server, again);
      expect(second.said.join('\n')).not.toContain('on trial');
      await passed(1500);
      expect(await both()).toEqual(['silent', 'silent']);
    });
  });

  it('refuses a source of a family that the door leads nowhere for', async () => {
    await begin({ ...SHELL, open: [sentOn(4)] });
    const opening = { door: 'shell', source: CLIENT[6], openForMs: 60_000 };
    const [outcome] = await server.call<Outcome[]>('apply', [opening]);
    expect(outcome).toMatchObject({ kind: 'refused', error: { code: 'FIREWALL_REFUSED' } });
    expect(await connect(SERVER[6], 2222)).toBe('silent');
  });

  it('is drawn as the real nft reads it', async () => {
    await begin(CUT, { mark: 0x1000_0000, published: true });
    const listed = net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
    expect(listed).toContain('type nat hook prerouting priority dstnat - 10');
    expect(listed).toContain(`dnat ip to ${BACKEND[4]}:22`);
    expect(listed).toContain(`dnat ip6 to [${BACKEND[6]}]:22`);
    await grant(4, 60_000);
    expect(await connect(SERVER[4], 2222)).toBe('open');
  });
});

describe.skipIf(noNetns)('a door for ports of a machine behind this host', () => {
  it('opens them for who knocked at that machine, and leaves this host’s own alone', async () => {
    await using net = await netns({ backend: true });
    const [server, client, backend] = await Promise.all([
      net.server.agent(),
      net.client.agent(),
      net.backend.agent(),
    ]);
    await Promise.all([server, backend].map((each) => each.call('listenTcp', 22)));
    await using daemon = await Daemon.start(net.server, {
      doors: `[lab]
 sequence = 7000,8000
 tcpflags = syn
 target = ${BACKEND[4]}
 open = tcp/22
 open_for = 3s
 on_expire = cut`,
    });
    await expect
      .poll(() => daemon.said.join('\n'))
      .toContain(`opens ports of ${BACKEND[4]}, a machine behind`);
    const connect = (host: string, from?: string) =>
      client.call<ConnectResult>('connect', host, 22, from ? { from } : {});
    expect(await Promise.all([connect(BACKEND[4]), connect(SERVER[4])])).toEqual([
      'silent',
      'open',
    ]);
    for (const port of [7000, 8000]) await client.call('connect', BACKEND[4], port);
    await until(() => daemon.of('open').length > 0);
    const session = await client.call<number>('hold', BACKEND[4], 22);
    expect(await connect(BACKEND[4], OTHER[4])).toBe('silent');
    await passed(3200);
    expect(await client.call('say', session)).toBe(false);
    expect(await connect(BACKEND[4])).toBe('silent');
    expect(net.server.run(['conntrack', '-C']).trim()).toBe('0');
  });

  it('redraws the table when the target becomes this host’s, and when it is so no more', async () => {
    await using net = await netns();
    const target = '10.77.0.77';
    await using daemon = await Daemon.start(net.server, {
      doors: `[lab]\n sequence = 7000,8000\n target = ${target}\n open = tcp/22`,
    });
    const table = () => net.server.run(['nft', 'list', 'table', 'inet', 'postern']);
    expect(table()).toContain('chain guard_forward');
    expect(table()).not.toContain('hook input');
    net.server.run(['ip', 'address', 'add', `${target}/24`, 'dev', 'srv0']);
    await until(() => table().includes('guards tcp/22') && !table().includes('guard_forward'));
    net.server.run(['ip', 'address', 'del', `${target}/24`, 'dev', 'srv0']);
    await until(() => table().includes('chain guard_forward'));
    expect(daemon.process.exitCode).toBeNull();
  });
});
