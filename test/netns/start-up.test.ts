import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, Daemon, type DaemonOptions } from '../support/daemon.ts';
import { netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { preloaded } from '../support/shim.ts';
import { until } from '../support/until.ts';

const OPENING = `
[ssh]
 sequence = 7001,7002,7003
 tcpflags = syn
 open = tcp/22
`;
const LOGGING = OPENING.replace(' open = tcp/22\n', '');

/** Runs a command without one of root's rights. */
function without(capability: string): string[] {
  return ['setpriv', `--bounding-set=-${capability}`, `--inh-caps=-${capability}`];
}

describe.skipIf(noNetns)('a start that fails', () => {
  let net: Netns;
  let folder: string;
  beforeAll(async () => {
    net = await netns();
    folder = mkdtempSync(join(tmpdir(), 'postern-start-'));
  });
  afterAll(async () => {
    await net[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** A daemon that is to end by itself; nothing of it may be left. */
  async function failing(options: DaemonOptions): Promise<{ code: unknown; said: string }> {
    await using daemon = await Daemon.start(net.server, { ...options, readyWord: undefined });
    const code = await daemon.ended;
    expect(daemon.events).toEqual([]);
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe('');
    return { code, said: daemon.said.join('\n') };
  }

  it.each<[string, Partial<DaemonOptions>, RegExp[]]>([
    [
      'a missing interface, in compat,',
      { interfaces: ['nosuch0'], name: 'knockd', flags: ['--compat', 'knockd'] },
      [/nosuch0: No such device exists/],
    ],
    ['what can be no interface', { interfaces: ['no/such'] }, [/no\/such: no such interface/]],
    ['a missing CAP_NET_RAW', { by: without('net_raw') }, [/needs CAP_NET_RAW/, /[Rr]un as root/]],
    [
      'a missing CAP_NET_ADMIN',
      { by: without('net_admin') },
      [/needs CAP_NET_ADMIN/, /run as root/],
    ],
    [
      'a wrong directive',
      { doors: OPENING.replace('open =', 'opne =') },
      [/knockd\.conf:\d+:2: error: .*opne/, /open/, /postern check -c/],
    ],
    ['a port that can’t be', { doors: OPENING.replace('tcp/22', 'tcp/70000') }, [/70000/]],
    [
      'ports to be sent on that are not this host’s',
      { doors: `${OPENING.replace('tcp/22', 'tcp/22 -> 10.0.0.5:22')} target = 192.0.2.99\n` },
      [/knockd\.conf:\d+:\d+: error: .*192\.0\.2\.99/],
    ],
  ])('names %s and the next step', async (_, options, words) => {
    const { code, said } = await failing({ doors: OPENING, ...options });
    expect(code).toBe(1);
    for (const word of words) expect(said).toMatch(word);
    expect(said).not.toMatch(/^ {4}at /m); // no stack: these are no defects
  });

  it('names a kernel without nf_tables and the next step', async () => {
    const by = preloaded('no_nftables', folder);
    const { code, said } = await failing({ doors: OPENING, by });
    expect(code).toBe(1);
    expect(said).toMatch(/no nftables/);
    expect(said).toMatch(/modprobe nf_tables/);
  });

  it('names a file that is not there', async () => {
    const { code, said } = await failing({ doors: OPENING, flags: ['-c', '/nonexistent.conf'] });
    expect(code).toBe(1);
    expect(said).toMatch(/\/nonexistent\.conf/);
  });

  it('needs neither nftables nor CAP_NET_ADMIN where no door opens anything', async () => {
    const options = { doors: LOGGING, by: without('net_admin') };
    await using daemon = await Daemon.start(net.server, options);
    net.client.run(['knock', '-d', '5', SERVER[4], '7001', '7002', '7003']);
    expect(await daemon.atLeast(1, 'open')).toHaveLength(1);
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe('');
    expect(await daemon.stop()).toBe(0);
  });

  it.each([
    ['below what is no folder', '/dev/null/state'],
    ['where the kernel makes none', '/proc/postern/state'],
  ])('works on where the state folder can’t be used: %s', async (_, path) => {
    const options = `state_folder = ${path}`;
    await using daemon = await Daemon.start(net.server, { doors: LOGGING, options });
    await expect
      .poll(() => daemon.said.join('\n'))
      .toMatch(/tripwires get a seed for this run alone/);
    expect(existsSync(daemon.stateFolder)).toBe(false);
    expect(await daemon.stop()).toBe(0);
  });

  it('R-81: runs on a file system without locks, and says that a second daemon is not kept out', async () => {
    const options = { doors: LOGGING, by: preloaded('no_locks', folder) };
    await using daemon = await Daemon.start(net.server, options);
    await expect
      .poll(() => daemon.said.join('\n'))
      .toMatch(/a second daemon is not kept out: ENOLCK/);
    await using second = await Daemon.start(net.server, { ...options, after: daemon });
    expect(await second.stop()).toBe(0);
    expect(await daemon.stop()).toBe(0);
  });

  it('R-81: runs without a pid file where there is no /run, and logs why', async () => {
    const [config, log] = [join(folder, 'background.conf'), join(folder, 'log')];
    const options = ` state_folder = ${folder}/a/b/state\n pidfile = ${folder}/run/pid\n logfile = ${log}\n`;
    writeFileSync(config, `[options]\n${options}${LOGGING}`);
    net.server.run([process.execPath, join(CLI, 'knockd.js'), '-d', '-i', 'srv0', '-c', config]);
    expect(readFileSync(log, 'utf8')).toContain(
      `could not create pid file ${folder}/run/pid: No such file or directory`,
    );
    const state = join(folder, 'a/b/state');
    const lock = readdirSync(state).find((name) => name.endsWith('.lock'))!;
    process.kill(Number(readFileSync(join(state, lock), 'utf8')), 'SIGTERM');
    await until(() => readFileSync(log, 'utf8').includes('shutting down'));
  });
});
