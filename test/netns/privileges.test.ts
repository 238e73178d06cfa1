import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLI, Daemon, type DaemonOptions } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { descriptorsOf, rightsOf } from '../support/rights.ts';
import { until } from '../support/until.ts';
import { noUser, USER, USER_ID } from '../support/user.ts';

const DOORS = '[ssh]\n sequence = 7001,7002\n tcpflags = syn\n open = tcp/22\n open_for = 1s\n';
/** CAP_NET_ADMIN and CAP_NET_RAW. */
const BOTH = '0000000000003000';
const NARROW = {
  CapInh: BOTH,
  CapPrm: BOTH,
  CapEff: BOTH,
  CapBnd: BOTH,
  CapAmb: BOTH,
  NoNewPrivs: '1',
};

describe.skipIf(noNetns ?? noUser)('a daemon with a user', () => {
  let net: Netns;
  let folder: string;
  beforeAll(async () => {
    net = await netns();
  });
  afterAll(() => net[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-user-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = (more: Partial<DaemonOptions> = {}): Promise<Daemon> =>
    Daemon.start(net.server, { doors: DOORS, user: USER, ...more });
  const knock = (...ports: string[]): void =>
    void net.client.run(['knock', '-d', '10', SERVER[4], ...ports]);

  it.each([1, 2])(
    'R-78: keeps two capabilities of all that root has, in every thread, with workers = %i',
    async (workers) => {
      await using daemon = await start({ options: `workers = ${workers}` });
      knock('7001', '7002');
      expect(await daemon.atLeast(1, 'open')).toMatchObject([{ source: CLIENT[4] }]);
      const id = Array(4).fill(String(USER_ID)).join('\t');
      const rights = rightsOf(daemon.pid);
      expect(rights.length, 'node has threads of its own').toBeGreaterThan(4);
      for (const one of rights) {
        expect(one).toMatchObject({ ...NARROW, Uid: id, Gid: id });
        expect(one['Groups']!.trim()).toBe('');
      }
      expect(statSync(`/proc/${daemon.pid}/environ`).uid, 'no dumps, and nobody looks in').toBe(0);
      expect(await daemon.stop()).toBe(0);
    },
  );

  it('R-78: holds no files but its own', async () => {
    const by = ['sh', '-c', 'exec 9</etc/shadow; exec "$@"', 'sh'];
    await using daemon = await start({ by });
    const files = descriptorsOf(daemon.pid).filter((path) => path.startsWith('/'));
    const own = files.filter((path) => path.endsWith('.lock') || path.startsWith('/dev/'));
    expect(files).toEqual(own);
    await daemon.stop();
  });

  it('R-78: gives rights away that it was started with beyond those, as a plain user too', async () => {
    const caps = '+net_raw,+net_admin,+sys_admin,+dac_override';
    const by = [
      'setpriv',
      `--reuid=${USER_ID}`,
      `--regid=${USER_ID}`,
      '--clear-groups',
      `--inh-caps=${caps}`,
      `--ambient-caps=${caps}`,
    ];
    await using daemon = await start({ by });
    for (const one of rightsOf(daemon.pid)) {
      // The bounding set takes CAP_SETPCAP to change, and gives nothing any more.
      expect({ ...one, CapBnd: BOTH }).toMatchObject(NARROW);
    }
    expect(await daemon.stop()).toBe(0);
  });

  it('R-78: reads its file again, reopens the table and the ring, and writes its log anew', async () => {
    const log = join(folder, 'log');
    chmodSync(folder, 0o711);
    const options = ` logfile = ${log}`;
    await using daemon = await start({ options });
    daemon.configure(`${DOORS}[web]\n sequence = 7003\n tcpflags = syn\n open = tcp/80\n`, options);
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded');
    knock('7003');
    expect(await daemon.atLeast(1, 'open')).toMatchObject([{ door: 'web' }]);
    expect(readFileSync(log, 'utf8')).toContain('web: opened tcp/80');
    expect(statSync(log).uid).toBe(USER_ID);
    expect(statSync(daemon.controlSocket).uid).toBe(USER_ID);
    expect(statSync(daemon.stateFolder)).toMatchObject({ uid: USER_ID, mode: 0o40700 });
    daemon.configure(DOORS, ` user = root\n${options}`);
    daemon.process.kill('SIGHUP');
    expect(await daemon.until(() => daemon.said.some((line) => line.includes('root is who')))).toBe(
      true,
    );
    expect(await daemon.stop()).toBe(0);
  });

  it.each<[string, Partial<DaemonOptions>, RegExp]>([
    ['a user that is not there', { user: undefined, options: ' user = nobody-at-all' }, /adduser/],
    ['the right that it has not got', { by: drop('net_raw') }, /needs CAP_NET_RAW/],
    ['the one for the table, too', { by: drop('net_admin') }, /needs CAP_NET_ADMIN/],
    ['that only root becomes somebody else', { by: as(2) }, /takes root/],
    [
      'a one-time file that the user can’t mark',
      { doors: '[d]\n one_time_sequences = SEQUENCES\n open = tcp/22\n' },
      /can't write .*sequences; do: chown nobody/,
    ],
  ])('that can’t start names %s', async (_, options, words) => {
    const sequences = join(folder, 'sequences');
    writeFileSync(sequences, '7000\n', { mode: 0o600 });
    chmodSync(folder, 0o711);
    const doors = (options.doors ?? DOORS).replace('SEQUENCES', sequences);
    await using daemon = await start({ ...options, doors, readyWord: undefined } as DaemonOptions);
    expect(await daemon.ended).toBe(1);
    await expect.poll(() => daemon.said.join('\n')).toMatch(words);
    expect(daemon.said.join('\n')).not.toMatch(/^ {4}at /m);
  });

  it('names the command that lets the user read its file', async () => {
    const config = join(folder, 'knockd.conf');
    writeFileSync(config, `[options]\n user = ${USER}\n state_folder = ${folder}/state\n${DOORS}`, {
      mode: 0o600,
    });
    chmodSync(folder, 0o711);
    await using daemon = await start({ flags: ['-c', config], readyWord: undefined });
    expect(await daemon.ended).toBe(1);
    await expect
      .poll(() => daemon.said)
      .toEqual([
        `postern: the user ${USER} can't read ${config}; do: chgrp $(id -gn ${USER}) ${config} && chmod 640 ${config}`,
      ]);
  });

  describe('runs commands by a helper', () => {
    const note = (words: string): string => `echo ${words} >> ${folder}/out`;
    const out = (): string =>
      existsSync(`${folder}/out`) ? readFileSync(`${folder}/out`, 'utf8') : '';
    const RUNNING = (): string =>
      `[d]\n sequence = 7000\n tcpflags = syn\n cmd_timeout = 0\n start_command = ${note('in %IP% $(id -u)')}\n stop_command = ${note('out %IP%')}\n`;

    it('R-78: that is root’s, while the daemon is not, with knockd’s lines', async () => {
      await using daemon = await start({ doors: RUNNING(), name: 'knockd', flags: ['-v'] });
      knock('7000');
      const wanted = `in ${CLIENT[4]} 0\nout ${CLIENT[4]}\n`;
      await daemon.until(() => out() === wanted && daemon.said.length === 6);
      expect(out()).toBe(wanted);
      await expect
        .poll(() => daemon.said)
        .toEqual([
          'listening on srv0...',
          `${CLIENT[4]}: d: Stage 1`,
          `${CLIENT[4]}: d: OPEN SESAME`,
          `d: running command: ${note(`in ${CLIENT[4]} $(id -u)`)}`,
          `${CLIENT[4]}: d: command timeout`,
          `d: running command: ${note(`out ${CLIENT[4]}`)}`,
        ]);
      for (const one of rightsOf(daemon.pid)) expect(one).toMatchObject(NARROW);
      expect(await daemon.stop()).toBe(15);
    });

    it('that begins and stops with the grant, and follows a reload', async () => {
      const opening = (name: string, port: string): string =>
        `[${name}]\n sequence = ${port}\n tcpflags = syn\n open = tcp/22\n open_for = 700ms\n start_command = ${note(`${name} %IP%`)}\n stop_command = ${note(`${name} over`)}\n`;
      await using daemon = await start({ doors: opening('a', '7000') });
      knock('7000');
      await daemon.until(() => out().includes('a over'));
      daemon.configure(opening('b', '7009') + opening('a', '7000'));
      daemon.process.kill('SIGHUP');
      await daemon.atLeast(1, 'reloaded');
      knock('7009');
      await daemon.until(() => out().includes('b over'));
      expect(out()).toBe(`a ${CLIENT[4]}\na over\nb ${CLIENT[4]}\nb over\n`);
      expect(await daemon.stop()).toBe(0);
    });

    it('whose end is the daemon’s, told and not by 0', async () => {
      await using daemon = await start({ doors: RUNNING() });
      const [helper] = childrenOf(daemon.pid);
      process.kill(helper!, 'SIGKILL');
      expect(await daemon.ended).toBe(1);
      await expect
        .poll(() => daemon.said.join('\n'))
        .toMatch(/the helper that runs commands has ended/);
    });

    it('that outlives the daemon by what is still to stop', async () => {
      const doors = RUNNING().replace('cmd_timeout = 0', 'cmd_timeout = 2');
      await using daemon = await start({ doors });
      const [helper] = childrenOf(daemon.pid);
      knock('7000');
      await daemon.until(() => out().includes('in'));
      await daemon.stop('SIGKILL');
      expect(existsSync(`/proc/${helper}`)).toBe(true);
      await until(() => out().includes('out'));
      expect(out()).toBe(`in ${CLIENT[4]} 0\nout ${CLIENT[4]}\n`);
      await until(() => !isAlive(helper!));
    });

    it('that ends when all are told to, and loses no stop command by it', async () => {
      const doors = RUNNING().replace('cmd_timeout = 0', 'cmd_timeout = 3');
      await using daemon = await start({ doors });
      const [helper] = childrenOf(daemon.pid);
      knock('7000');
      await daemon.until(() => out().includes('in'));
      process.kill(helper!, 'SIGTERM');
      process.kill(daemon.pid, 'SIGTERM');
      await daemon.atLeast(1, 'closing', 500);
      expect(await daemon.stop()).toBe(0); // the second does not wait for the stop command
      await until(() => !isAlive(helper!));
      expect(out()).not.toContain('out');
      await using next = await start({ doors, after: daemon });
      await next.until(() => out().includes('out'), 10_000);
      expect(out()).toBe(`in ${CLIENT[4]} 0\nout ${CLIENT[4]}\n`);
      await next.stop();
    });

    it('and shows no secret in a command line or a log', async () => {
      const sequences = join(folder, 'sequences');
      writeFileSync(sequences, '7123,7321\n7231,7312\n');
      chmodSync(folder, 0o711);
      chownSync(sequences, USER_ID, USER_ID);
      const secret = 'xyzzy-token';
      const doors = `[otp]\n one_time_sequences = ${sequences}\n start_command = : ${secret}; ${note('in')}\n`;
      await using daemon = await start({ doors });
      const lines = [daemon.pid, ...childrenOf(daemon.pid)].map((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
      );
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line).not.toMatch(/xyzzy|7123|7321/);
      knock('7123', '7321');
      await daemon.until(() => out() === 'in\n');
      expect(readFileSync(sequences, 'utf8')).toBe('#123,7321\n7231,7312\n');
      const said = daemon.said.join('\n') + JSON.stringify(daemon.events);
      expect(said).not.toMatch(/7231|7312/); // the next one is still good
      expect(await daemon.stop()).toBe(0);
    });

    it('goes to the background with its pid file, and with commands that run there', async () => {
      const pidFile = join(folder, 'pid');
      const config = join(folder, 'knockd.conf');
      const text = `[options]\n user = ${USER}\n pidfile = ${pidFile}\n state_folder = ${folder}/state\n${RUNNING()}`;
      writeFileSync(config, text.replace('$(id -u)', '$PWD'));
      chmodSync(folder, 0o711);
      net.server.run([process.execPath, join(CLI, 'knockd.js'), '-d', '-i', 'srv0', '-c', config]);
      const pid = Number(readFileSync(pidFile, 'utf8'));
      for (const one of rightsOf(pid)) expect(one).toMatchObject(NARROW);
      knock('7000');
      await until(() => out() === `in ${CLIENT[4]} /\nout ${CLIENT[4]}\n`);
      process.kill(pid, 'SIGTERM');
      await until(() => !isAlive(pid));
    });
  });
});

/** A command that runs another without one of root's rights. */
function drop(capability: string): string[] {
  return ['setpriv', `--bounding-set=-${capability}`, `--inh-caps=-${capability}`];
}

function as(user: number): string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${USER_ID}`, '--clear-groups'];
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
}
