import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postern } from '../support/cli.ts';
import { Daemon } from '../support/daemon.ts';
import { FrameSender, knocks } from '../support/frame-sender.ts';
import { CLIENT, netns, noNetns } from '../support/netns.ts';

const UNITS = {
  'postern.service': 'unit',
  'knockd.service': 'classic-unit',
  'postern-guard.service': 'guard-unit',
} as const;

const noSystemd = spawnSync('systemd-analyze', ['--version']).error?.message;
const noStrace = spawnSync('strace', ['-V']).error?.message;

/** Nobody: what matters is that it is not root. */
const SOMEBODY = 65_534;

describe.skipIf(noSystemd)('the units', () => {
  let folder: string;
  const texts = new Map<string, string>();
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-units-'));
    for (const [name, asset] of Object.entries(UNITS)) {
      texts.set(name, postern(['print', asset]).stdout);
      writeFileSync(join(folder, name), texts.get(name)!);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('R-79: systemd rates the exposure of the unit without root 2.0 or better', () => {
    const file = join(folder, 'postern.service');
    const flags = ['security', '--offline=true', '--threshold=20', '--no-pager'];
    const { status, stdout } = spawnSync('systemd-analyze', [...flags, file], { encoding: 'utf8' });
    const [, score] = /Overall exposure level for postern.service: ([\d.]+)/.exec(stdout)!;
    console.log(`exposure: ${score}`);
    expect(status).toBe(0);
    expect(Number(score)).toBeLessThanOrEqual(2);
  });

  it('are as systemd wants them, but for programs and pages that are not installed here', () => {
    const files = [...texts.keys()].map((name) => join(folder, name));
    const { stderr } = spawnSync('systemd-analyze', ['verify', ...files], { encoding: 'utf8' });
    const ours = stderr.split('\n').filter((line) => /postern|knockd/.test(line));
    expect(
      ours.filter((line) => !/is not executable: No such file|Command 'man .*' failed/.test(line)),
    ).toEqual([]);
  });

  it.each([
    ['starts without START_KNOCKD', undefined, 0],
    ['starts with START_KNOCKD=1', '1', 0],
    ['does not start with START_KNOCKD=0', '0', 1],
    ['does not start with START_KNOCKD=no', 'no', 1],
  ])('of them the one with commands %s', (_, value, status) => {
    const [, script] = /^ExecCondition=\/bin\/sh -c '(.*)'$/m.exec(texts.get('knockd.service')!)!;
    const env = value === undefined ? {} : { START_KNOCKD: value };
    // systemd makes one dollar of two.
    const ran = spawnSync('/bin/sh', ['-c', script!.replaceAll('$$', '$')], { env });
    expect(ran.status).toBe(status);
  });

  it.skipIf(noNetns ?? noStrace)(
    'R-79: the daemon needs neither root nor a system call that its unit forbids',
    async () => {
      await using net = await netns();
      const unit = texts.get('postern.service')!;
      const state = join(folder, 'state');
      mkdirSync(state, { mode: 0o700 });
      chownSync(state, SOMEBODY, SOMEBODY);
      const [trace, file] = [join(state, 'trace'), join(folder, 'doors.conf')];
      chmodSync(folder, 0o711);
      const doors = '[ssh]\n sequence = 7000,8000\n open = tcp/22';
      writeFileSync(file, `[options]\n state_folder = ${state}\n${doors}\n`);
      await using daemon = await Daemon.start(net.server, {
        doors,
        by: [...asInUnit(unit), 'strace', '-f', '-qq', '-c', '-o', trace],
        flags: ['-c', file],
      });
      await new FrameSender(net.client).send(knocks('7000,8000'));
      expect(await daemon.atLeast(1, 'open', 20_000)).toMatchObject([{ source: CLIENT[4] }]);
      const pid = Number(readFileSync(join(state, lockIn(state)), 'utf8'));
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(new RegExp(`^Uid:\\s+${SOMEBODY}\\s`, 'm'));
      process.kill(pid, 'SIGHUP');
      await daemon.atLeast(1, 'reloaded', 20_000);
      process.kill(pid, 'SIGTERM');
      expect(await daemon.ended).toBe(0);

      const used = callsOf(readFileSync(trace, 'utf8'));
      expect(used.length).toBeGreaterThan(30);
      const allowed = allowedBy(unit);
      expect(used.filter((call) => !allowed.has(call))).toEqual([]);
    },
  );
});

/** The user and the rights that the unit gives. */
function asInUnit(unit: string): string[] {
  const [, names] = /^AmbientCapabilities=(.*)$/m.exec(unit)!;
  const capabilities = names!
    .toLowerCase()
    .split(' ')
    .map((name) => `+${name.replace('cap_', '')}`)
    .join(',');
  const rights = ['inh', 'ambient'].map((set) => `--${set}-caps=-all,${capabilities}`);
  const bounding = `--bounding-set=-all,${capabilities}`;
  const who = [`--reuid=${SOMEBODY}`, `--regid=${SOMEBODY}`, '--clear-groups'];
  return ['setpriv', ...who, ...rights, bounding, '--no-new-privs', '--'];
}

function lockIn(folder: string): string {
  const names = execFileSync('ls', [folder], { encoding: 'utf8' }).split('\n');
  return names.find((name) => name.endsWith('.lock'))!;
}

/** Names in the last column of what `strace -c` writes. */
function callsOf(summary: string): string[] {
  const rows = summary.split('\n').filter((line) => /^\s*\d/.test(line));
  return rows.map((row) => row.trim().split(/\s+/).at(-1)!).filter((name) => name !== 'total');
}

/** The lines of SystemCallFilter in their order: each allows more, or with `~` takes away. */
function allowedBy(unit: string): ReadonlySet<string> {
  const allowed = new Set(callsIn('@default'));
  for (const [, line] of unit.matchAll(/^SystemCallFilter=(.*)$/gm)) {
    const calls = line!.replace('~', '').split(' ').flatMap(callsIn);
    const takesAway = line!.startsWith('~');
    for (const call of calls) {
      if (takesAway) allowed.delete(call);
      else allowed.add(call);
    }
  }
  return allowed;
}

/** A name, or all that a set of systemd's has in it. */
function callsIn(name: string): string[] {
  if (!name.startsWith('@')) return [name];
  const text = execFileSync('systemd-analyze', ['syscall-filter', name], { encoding: 'utf8' });
  const lines = text
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).flatMap(callsIn);
}
