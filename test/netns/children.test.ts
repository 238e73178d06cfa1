import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLI, Daemon } from '../support/daemon.ts';
import { netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { until } from '../support/until.ts';
import { noUser, USER } from '../support/user.ts';

const SHELL = '/bin/sh';

describe.skipIf(noNetns)('what the daemon starts', () => {
  let net: Netns;
  let folder: string;
  beforeAll(async () => {
    net = await netns();
  });
  afterAll(() => net[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-children-'));
    chmodSync(folder, 0o711);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A command that lists its own descriptors. */
  const lists = (kind: string): string => {
    const path = join(folder, kind);
    return `ls /proc/self/fd > ${path}.part && mv ${path}.part ${path}`;
  };
  const listed = (kind: string): boolean => existsSync(join(folder, kind));
  /** `ls` has one of its own, for the folder it lists. */
  const expectStreamsAlone = (...kinds: string[]): void => {
    for (const kind of kinds) {
      expect(readFileSync(join(folder, kind), 'utf8'), kind).toBe('0\n1\n2\n3\n');
    }
  };
  const doors = (seconds: number): string =>
    `[d]\n sequence = 7000\n tcpflags = syn\n cmd_timeout = ${seconds}\n start_command = ${lists('start')}\n stop_command = ${lists('stop')}\n`;
  const hooks = (): string => ` up_command = ${lists('up')}\n down_command = ${lists('down')}\n`;
  const knock = (): void => void net.client.run(['knock', SERVER[4], '7000']);
  /** Whoever starts the daemon has left something open. */
  const careless = ['sh', '-c', 'exec 9</dev/null; exec "$@"', 'sh'];

  /** Who runs commands, and the user that the daemon becomes. */
  const runners: readonly (readonly [string, string | undefined])[] = [
    ['itself', undefined],
    ...(noUser === undefined ? [['by its helper', USER] as const] : []),
  ];

  it.each(runners)(
    'R-56: has descriptors 0 to 2 alone, if the daemon runs it %s',
    async (_, user) => {
      const options = { doors: doors(0), options: hooks(), by: careless, user };
      await using daemon = await Daemon.start(net.server, options);
      expectStreamsAlone('up');
      knock();
      await until(() => listed('stop'));
      expect(await daemon.stop()).toBe(0);
      expectStreamsAlone('start', 'stop', 'down');
    },
  );

  it('R-56: has no others when it outlives the daemon, or comes after it', async () => {
    await using daemon = await Daemon.start(net.server, { doors: doors(2), by: careless });
    knock();
    await until(() => listed('start'));
    daemon.process.kill('SIGTERM');
    await daemon.until(() => daemon.of('closing').length > 0, 300);
    await daemon.stop(); // the second time it is left to others
    await until(() => listed('stop'));
    expectStreamsAlone('start', 'stop');
  });

  it('R-58: prints on when the daemon has ended, and does not die of it', async () => {
    const note = join(folder, 'note');
    const text = `[d]\n sequence = 7000\n command = echo early; sleep 2; echo late; echo done > ${note}\n`;
    await using daemon = await Daemon.start(net.server, { doors: text });
    knock();
    await daemon.until(() => daemon.said.includes('early'));
    process.kill(daemon.pid, 'SIGTERM');
    await daemon.until(() => daemon.of('closing').length > 0, 300);
    process.kill(daemon.pid, 'SIGTERM'); // the second time it does not wait for the command
    await until(() => existsSync(note));
    expect(await daemon.ended, 'all of its output is through').toBe(0);
    await expect.poll(() => daemon.said).toContain('late');
  });

  it('R-58: says where more is printed than may be', async () => {
    const text = '[d]\n sequence = 7000\n command = seq 1000000\n';
    await using daemon = await Daemon.start(net.server, {
      doors: text,
      options: ' command_output = 14\n',
    });
    knock();
    const cut = 'postern: d: its command prints more than it may, the rest is dropped';
    expect(await daemon.until(() => daemon.said.includes(cut))).toBe(true);
    await expect
      .poll(() => daemon.said.filter((line) => /^\d+$/.test(line)))
      .toEqual('1234567'.split(''));
    expect(await daemon.stop()).toBe(0);
  });

  it.each(runners)('R-58: is bound as a reload says, if the daemon runs it %s', async (_, user) => {
    const text = '[d]\n sequence = 7000\n command = seq 1000000; sleep 60\n';
    await using daemon = await Daemon.start(net.server, { doors: text, user });
    daemon.configure(text, ' command_output = 6\n command_limit = 1s\n');
    daemon.process.kill('SIGHUP');
    await daemon.atLeast(1, 'reloaded');
    knock();
    const late = 'postern: d: command ended by force, it ran for 1 s';
    expect(await daemon.until(() => daemon.said.includes(late), 15_000), daemon.said.join()).toBe(
      true,
    );
    await expect
      .poll(() => daemon.said.filter((line) => /^\d+$/.test(line)))
      .toEqual(['1', '2', '3']);
  });

  it('R-56: has no others in the background', async () => {
    const config = join(folder, 'knockd.conf');
    const pidFile = join(folder, 'pid');
    const options = ` pidfile = ${pidFile}\n state_folder = ${folder}/state\n`;
    writeFileSync(config, `[options]\n${options}${hooks()}${doors(0)}`);
    const command = [process.execPath, join(CLI, 'knockd.js'), '-d', '-i', 'srv0', '-c', config];
    net.server.run([...careless, ...command]);
    knock();
    await until(() => listed('stop'));
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    await until(() => listed('down') && !existsSync(pidFile));
    expectStreamsAlone('up', 'start', 'stop', 'down');
  });

  it.skipIf(noUser)(
    'R-56: is a shell for each command, node for the helper, and nothing else',
    async () => {
      const trace = join(folder, 'trace');
      const by = ['strace', '-f', '-qq', '-e', 'trace=execve', '-o', trace];
      await using daemon = await Daemon.start(net.server, {
        doors: '[d]\n sequence = 7000\n cmd_timeout = 0\n command = :\n stop_command = :\n',
        options: ' up_command = :\n down_command = :\n',
        by,
        user: USER,
      });
      const programs = (): string[] =>
        [...readFileSync(trace, 'utf8').matchAll(/execve\("([^"]+)"/gm)].map(([, path]) => path!);
      knock();
      await until(() => programs().filter((path) => path === SHELL).length === 3);
      const [traced] = readFileSync(
        `/proc/${daemon.pid}/task/${daemon.pid}/children`,
        'utf8',
      ).split(' ');
      process.kill(Number(traced), 'SIGTERM');
      expect(await daemon.ended).toBe(0);
      const node = process.execPath; // as it is started, as the helper, and as it begins anew
      expect(programs().sort()).toEqual([...Array<string>(4).fill(SHELL), node, node, node].sort());
    },
  );
});
