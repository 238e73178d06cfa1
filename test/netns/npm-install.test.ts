import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectResult } from '../support/agent.ts';
import { DebianRoot } from '../support/debian-root.ts';
import { CLIENT, netns, noNetns, SERVER } from '../support/netns.ts';
import { until } from '../support/until.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const DOORS = '[ssh]\n sequence = 7000,8000\n open = tcp/22\n';

const noRegistry =
  spawnSync('npm', ['view', 'yargs', 'version'], { encoding: 'utf8' }).status === 0
    ? undefined
    : 'the npm registry does not answer';
if (noRegistry !== undefined) console.warn(noRegistry);
const isNotRoot = process.getuid?.() !== 0;

describe.skipIf(noNetns ?? noRegistry ?? isNotRoot)('installed by npm', () => {
  let base: string;
  let folder: string;
  let home: string;
  const bin = (name: string): string => join(folder, 'node_modules/.bin', name);
  const npm = (...args: readonly string[]): string =>
    execFileSync('npm', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: home },
    });

  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'postern-npm-'));
    [folder, home] = [join(base, 'empty'), join(base, 'home')];
    mkdirSync(folder);
    mkdirSync(home);
    const pack = ['pack', '--ignore-scripts', '--pack-destination', base];
    execFileSync('npm', pack, { cwd: PROJECT, stdio: 'pipe' });
    const archive = readdirSync(base).find((name) => name.endsWith('.tgz'))!;
    const began = performance.now();
    npm('install', '--no-audit', '--no-fund', join(base, archive));
    console.log(`installed by npm in ${Math.round((performance.now() - began) / 1000)} s`);
  }, 400_000);
  afterAll(() => rmSync(base, { recursive: true }));

  it('R-87: has no development packages, and an addon of its own', () => {
    const names = readdirSync(join(folder, 'node_modules'));
    expect(names).toContain('yargs');
    for (const name of ['typescript', 'vitest', 'eslint']) expect(names).not.toContain(name);
    expect(existsSync(join(folder, 'node_modules/postern/build/Release/postern.node'))).toBe(true);
    const replay = spawnSync(bin('postern'), ['demo'], { cwd: folder, encoding: 'utf8' });
    expect([replay.stderr, replay.status]).toEqual(['', 0]);
  });

  it('R-87: opens a door, and writes nothing but its state folder', async () => {
    await using net = await netns();
    await using root = await DebianRoot.over('/', net.server);
    await (await net.server.agent()).call('listenTcp', 22);
    writeFileSync(join(folder, 'doors.conf'), DOORS, { mode: 0o600 });
    const daemon = root.spawn([
      bin('postern'),
      'run',
      '-i',
      'srv0',
      '-c',
      join(folder, 'doors.conf'),
    ]);
    let said = '';
    daemon.stdout!.on('data', (text) => (said += String(text)));
    await until(() => said.includes('listening'), 20_000);
    const connect = async (): Promise<ConnectResult> =>
      (await net.client.agent()).call('connect', SERVER[4], 22);
    expect(await connect()).toBe('silent');
    net.client.run([bin('knock'), SERVER[4], '7000', '8000']);
    await until(() => said.includes(`${CLIENT[4]}: ssh: opened tcp/22`), 20_000);
    expect(await connect()).toBe('open');
    daemon.kill('SIGTERM');
    const ended = new Promise((done) => daemon.once('exit', done));
    expect(await ended).toBe(0);

    root.run([bin('postern'), 'remove-table']);
    const written = root.changed();
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((path) => !path.startsWith('/var/lib/postern/'))).toEqual([]);
    expect(written).not.toContain('/var/lib/postern/guard.nft');
  });

  it('R-87: gives out a unit for where it lies', () => {
    const unit = execFileSync(bin('postern'), ['print', 'unit'], { encoding: 'utf8' });
    const { program } = /^ExecStart=\S+node (?<program>\S+) run/m.exec(unit)!.groups!;
    expect(program).toBe(join(folder, 'node_modules/postern/dist/cli/main.js'));
    const file = join(base, 'postern.service');
    writeFileSync(file, unit);
    const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    expect(stderr.split('\n').filter((line) => /not executable/.test(line))).toEqual([]);
  });

  it('R-87: leaves nothing when it is uninstalled', () => {
    rmSync(join(folder, 'doors.conf'), { force: true });
    npm('uninstall', '--no-audit', 'postern');
    const left = execFileSync('find', [folder, '-type', 'f'], { encoding: 'utf8' });
    const files = left
      .split('\n')
      .filter(Boolean)
      .map((path) => path.slice(folder.length + 1));
    expect(files.sort()).toEqual([
      'node_modules/.package-lock.json',
      'package-lock.json',
      'package.json',
    ]);
    expect(readdirSync(home).filter((name) => name !== '.npm')).toEqual([]);
  });
});
