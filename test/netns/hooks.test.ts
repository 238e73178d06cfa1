import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Daemon, type DaemonOptions } from '../support/daemon.ts';
import { netns, noNetns, type Netns } from '../support/netns.ts';
import { noUser, USER } from '../support/user.ts';

const DOORS = '[ssh]\n sequence = 7000,7001\n tcpflags = syn\n open = tcp/22\n';
const USERS: readonly (readonly [string, string | undefined])[] = [
  ['itself', undefined],
  ...(noUser === undefined ? [['by its helper', USER] as const] : []),
];

describe.skipIf(noNetns)('commands of the daemon’s own', () => {
  let net: Netns;
  let folder: string;
  beforeAll(async () => {
    net = await netns();
  });
  afterAll(() => net[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-hooks-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = (options: string, more: Partial<DaemonOptions> = {}): Promise<Daemon> =>
    Daemon.start(net.server, { doors: DOORS, options, ...more });
  const file = (name: string): string => join(folder, name);
  const text = (name: string): string =>
    existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '';
  const hook = (which: 'up' | 'down', command: string): string =>
    ` ${which}_command = ${command}\n`;

  it.each(USERS)('run while the table stands, if the daemon runs them %s', async (_, user) => {
    const list = (name: string): string => `nft list tables > ${file(name)}`;
    const options = ` on_stop = remove\n${hook('up', list('up'))}${hook('down', list('down'))}`;
    await using daemon = await start(options, { user });
    expect(text('up'), 'before it listens').toBe('table inet postern\n');
    expect(text('down')).toBe('');
    expect(await daemon.stop()).toBe(0);
    expect(text('down')).toBe('table inet postern\n');
    expect(net.server.run(['nft', 'list', 'tables'])).toBe('');
  });

  it.each(USERS)('are told of, with their end, run %s', async (_, user) => {
    const options = hook('up', 'exit 3') + hook('down', 'kill -9 $$');
    await using daemon = await start(options, { user, name: 'knockd', flags: ['-v'] });
    expect(await daemon.stop()).toBe(15);
    // Failures go to stderr; which of two streams is read first is nobody's order.
    const isFailure = (line: string): boolean => line.includes('non-zero');
    await expect
      .poll(() => daemon.said.filter(isFailure))
      .toEqual([
        'up_command: command returned non-zero status code (3)',
        'down_command: command returned non-zero status code (0)',
      ]);
    await expect
      .poll(() => daemon.said.filter((line) => !isFailure(line)))
      .toEqual([
        'up_command: running command: exit 3',
        'listening on srv0...',
        'waiting for child processes...',
        'down_command: running command: kill -9 $$',
        'closing...',
      ]);
  });

  it.each(USERS)('are ended at their limit, and hold up nothing more, run %s', async (_, user) => {
    const options = ` hook_limit = 200ms\n${hook('up', 'sleep 600')}${hook('down', 'sleep 600')}`;
    await using daemon = await start(options, { user });
    expect(await daemon.stop()).toBe(0);
    const ended = 'command ended by force, it ran for 0.2 s';
    await expect
      .poll(() => daemon.said.filter((line) => line.includes('by force')))
      .toEqual([`postern: up_command: ${ended}`, `postern: down_command: ${ended}`]);
  });

  it.each(USERS)('follow a reload, which is no start, run %s', async (_, user) => {
    const note = (word: string): string => `echo ${word} >> ${file('out')}`;
    await using daemon = await start(hook('up', note('up')) + hook('down', note('old')), { user });
    daemon.configure(DOORS, hook('up', note('again')) + hook('down', note('new')));
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded');
    expect(await daemon.stop()).toBe(0);
    expect(text('out')).toBe('up\nnew\n');
  });
});
