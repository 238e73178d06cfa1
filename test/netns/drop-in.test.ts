import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { CLI, Daemon, type DaemonOptions } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';
import { passed } from '../support/wait.ts';

describe.skipIf(noNetns)('the drop-in knockd', () => {
  let net: Netns;
  let folder: string;
  beforeAll(async () => {
    net = await netns();
  });
  afterAll(() => net[Symbol.asyncDispose]());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-drop-in-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const start = (doors: string, more: Partial<DaemonOptions> = {}): Promise<Daemon> =>
    Daemon.start(net.server, { doors, name: 'knockd', flags: ['-v'], ...more });
  const knock = (...ports: string[]): void =>
    void net.client.run(['knock', '-d', '10', SERVER[4], ...ports]);
  const out = (): string => {
    const path = join(folder, 'out');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const until = async (holds: () => boolean, waitMs = 5000): Promise<boolean> => {
    const endMs = performance.now() + waitMs;
    while (!holds() && performance.now() < endMs) await passed(10);
    return holds();
  };
  /** A command that adds a word to a file. */
  const note = (word: string): string => `echo ${word} >> ${folder}/out`;
  const oneKnock = (more: string): string =>
    `[d]\n sequence = 7000\n tcpflags = syn\n start_command = ${note('in')}\n stop_command = ${note('out')}\n${more}\n`;

  it('R-45: a reload in the midst of a knock breaks nothing at doors that stay as they are', async () => {
    const stays = `[a]\n sequence = 7000,8000,9000\n tcpflags = syn\n command = ${note('a')}\n`;
    const goes = `[b]\n sequence = 5000\n tcpflags = syn\n command = ${note('b')}\n`;
    const comes = `[c]\n sequence = 6000\n tcpflags = syn\n command = ${note('c')}\n`;
    await using daemon = await start(stays + goes);
    const reads = (): number => daemon.said.filter((line) => line.startsWith('re-reading')).length;
    for (let nth = 1; nth <= 20; nth++) {
      knock('7000');
      daemon.configure(stays + (nth % 2 === 1 ? comes : goes));
      daemon.process.kill('SIGHUP');
      expect(await daemon.until(() => reads() === nth)).toBe(true);
      await passed(30);
      knock('8000', '9000');
      expect(await until(() => out().split('a').length === nth + 1)).toBe(true);
    }
    daemon.configure(stays + comes);
    daemon.process.kill('SIGHUP');
    await daemon.until(() => reads() === 21);
    await passed(30);
    knock('5000', '6000');
    expect(await until(() => out().includes('c'))).toBe(true);
    expect(out()).not.toContain('b');
  });

  it('runs a stop command that a kill -9 left, when it is due, once', async () => {
    const doors = oneKnock(' cmd_timeout = 2');
    await using first = await start(doors);
    knock('7000');
    await until(() => out() === 'in\n');
    await passed(100);
    await first.stop('SIGKILL');
    await using second = await start(doors, { after: first });
    expect(out()).toBe('in\n');
    expect(
      await second.until(() => second.said.some((line) => line.includes('command timeout'))),
    ).toBe(true);
    expect(await until(() => out() === 'in\nout\n')).toBe(true);
    await passed(300);
    expect(await second.stop()).toBe(15);
    expect(out()).toBe('in\nout\n');
    expect(readdirSync(second.stateFolder).filter((name) => !name.includes('.'))).toEqual([]);
  });

  it.each([
    ['run', 'in\nout\n'],
    ['skip', 'in\n'],
  ])(
    'does with a stop command that was due meanwhile as lost_stop = %s says',
    async (lostStop, expected) => {
      const doors = oneKnock(' cmd_timeout = 1');
      const options = ` lost_stop = ${lostStop}`;
      await using first = await start(doors, { options });
      knock('7000');
      await until(() => out() === 'in\n');
      await passed(100);
      await first.stop('SIGKILL');
      await passed(1200);
      expect(out()).toBe('in\n');
      await using second = await start(doors, { options, after: first });
      await until(() => out() === 'in\nout\n', 500);
      expect(out()).toBe(expected);
      await second.stop();
    },
  );

  it('waits at TERM for one command, and leaves the others to a process that writes the same log', async () => {
    const log = join(folder, 'log');
    const doors =
      oneKnock(' cmd_timeout = 1') +
      oneKnock(' cmd_timeout = 2')
        .replace('[d]', '[e]')
        .replace('7000', '7001')
        .replaceAll('in\n', 'e\n');
    await using daemon = await start(doors, {
      options: ` logfile = ${log}`,
      flags: [],
      readyWord: undefined,
    });
    await until(() => existsSync(log) && readFileSync(log, 'utf8').includes('listening'));
    knock('7000', '7001');
    await until(() => out().split('\n').length === 3);
    daemon.process.kill('SIGTERM');
    await new Promise((ended) => daemon.process.once('exit', ended));
    expect(daemon.process.exitCode).toBe(15);
    expect(out().match(/out/g)).toHaveLength(1);
    expect(await until(() => out().match(/out/g)?.length === 2)).toBe(true);
    await passed(200);
    const lines = readFileSync(log, 'utf8')
      .replace(/^\[.*?\] /gm, '')
      .split('\n');
    const end = lines.indexOf('shutting down');
    expect(lines.slice(end + 1)).toEqual([
      `${CLIENT[4]}: e: command timeout`,
      `e: running command: ${note('out')}`,
      '',
      '',
    ]);
  });

  it('R-63: obeys TERM at any moment, and leaves nothing of its table where none is to stay', async () => {
    const doors = '[ssh]\n sequence = 7000,8000\n open = tcp/22\n';
    const options = ' on_stop = remove';
    const began = performance.now();
    await (await start(doors, { options })).stop();
    const wholeMs = performance.now() - began;
    const ends: (number | string)[] = [];
    for (let nth = 0; nth < 50; nth++) {
      await using daemon = await start(doors, { options, readyWord: undefined });
      await passed((((nth * 37) % 50) / 50) * wholeMs);
      daemon.process.kill('SIGTERM');
      if (nth % 3 === 0) daemon.process.kill('SIGTERM');
      ends.push(await daemon.ended);
      expect(net.server.run(['nft', 'list', 'tables'])).not.toContain('postern');
    }
    // The first moments are node's own: there TERM does what it does to any program.
    expect(new Set(ends)).toEqual(new Set([15, 'SIGTERM']));
    expect(ends.filter((end) => end === 15).length).toBeGreaterThan(10);
  }, 180_000);

  it('R-81: a second daemon for the same file and interface is refused, and names the first', async () => {
    const doors = '[d]\n sequence = 7000\n';
    await using first = await start(doors);
    const second = await Daemon.start(net.server, {
      doors,
      name: 'knockd',
      after: first,
      readyWord: undefined,
    });
    expect(await second.ended).toBe(1);
    await expect
      .poll(() => second.said)
      .toEqual([
        `knockd: a daemon for this file and these interfaces runs already: pid ${first.pid}`,
      ]);
    const flags = ['-v', '--compat', 'knockd'];
    const beside = await start(doors, { after: first, flags });
    expect(await beside.stop('SIGINT')).toBe(2);
    await first.stop('SIGKILL');
    const third = await start(doors, { after: first });
    expect(await third.stop(), 'what died holds no lock').toBe(15);
  });

  it('R-81: an old pid file is written over, and whoever has that number now lives', async () => {
    const bystander = spawn('sleep', ['60']);
    const pidFile = join(folder, 'pid');
    writeFileSync(pidFile, `${bystander.pid}\n`);
    const config = join(folder, 'knockd.conf');
    writeFileSync(
      config,
      `[options]\n state_folder = ${folder}/state\n control_socket = none\n pidfile = ${pidFile}\n[d]\n sequence = 7000\n`,
    );
    const command = [process.execPath, join(CLI, 'knockd.js'), '-d', '-i', 'srv0', '-c', config];
    net.server.run(command);
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(pid).not.toBe(bystander.pid);
    process.kill(pid, 'SIGTERM');
    expect(await until(() => !existsSync(pidFile))).toBe(true);
    expect(bystander.exitCode).toBeNull();

    spawnSync('ln', ['-s', join(folder, 'elsewhere'), pidFile]);
    net.server.run(command);
    await passed(100);
    expect(existsSync(join(folder, 'elsewhere')), 'a link is not followed').toBe(false);
    const lock = readdirSync(join(folder, 'state')).find((name) => name.endsWith('.lock'))!;
    process.kill(Number(readFileSync(join(folder, 'state', lock), 'utf8')), 'SIGTERM');
    bystander.kill();
  });

  it('opens by a one-time sequence once, and by the next one after that', async () => {
    const sequences = join(folder, 'sequences');
    writeFileSync(sequences, ' 7000,8000\n 7100,8100\n');
    const doors = `[otp]\n one_time_sequences = ${sequences}\n tcpflags = syn\n command = ${note('in')}\n[other]\n sequence = 5000\n command = ${note('other')}\n`;
    await using daemon = await start(doors);
    knock('7000', '8000');
    expect(await until(() => out() === 'in\n')).toBe(true);
    expect(readFileSync(sequences, 'utf8')).toBe('#7000,8000\n 7100,8100\n');
    knock('7000', '8000');
    await passed(100);
    expect(out()).toBe('in\n');
    knock('7100', '8100');
    expect(await until(() => out() === 'in\nin\n')).toBe(true);
    const isTold = () => daemon.said.some((line) => line.includes('--> disabling the door'));
    expect(await daemon.until(isTold)).toBe(true);
    knock('7100', '8100', '5000');
    expect(await until(() => out().includes('other'))).toBe(true);
    expect(out().match(/in/g)).toHaveLength(2);
    expect(readFileSync(sequences, 'utf8')).toBe('#7000,8000\n#7100,8100\n');
  });

  it('opens no inspector at USR1, and goes on', async () => {
    await using daemon = await start(oneKnock(' cmd_timeout = 0'));
    daemon.process.kill('SIGUSR1');
    await passed(300);
    expect(net.server.run(['ss', '-Htln'])).toBe('');
    knock('7000');
    expect(await until(() => out() === 'in\nout\n')).toBe(true);
    expect(await daemon.stop('SIGINT')).toBe(2);
  });

  it('R-56: runs a shell for start and stop commands, and for nothing else', async () => {
    const trace = join(folder, 'trace');
    const by = ['strace', '-f', '-qq', '-e', 'trace=execve', '-o', trace];
    const doors = `[ssh]\n sequence = 7100\n open = tcp/22\n open_for = 100ms\n${oneKnock(' cmd_timeout = 0')}`;
    await using daemon = await start(doors, { by, options: ' on_stop = remove' });
    knock('7100');
    await daemon.until(() => daemon.said.some((line) => line.includes('closed')));
    const programs = (): string[] =>
      [...readFileSync(trace, 'utf8').matchAll(/execve\("([^"]+)".* = 0$/gm)].map(
        ([, path]) => path!,
      );
    expect(programs()).toEqual([process.execPath]);
    knock('7000');
    await until(() => out() === 'in\nout\n');
    expect(programs()).toEqual([process.execPath, '/bin/sh', '/bin/sh']);
    const traced = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8');
    process.kill(Number(traced.trim()), 'SIGTERM');
    expect(await daemon.ended).toBe(15);
  });

  it('R-55: a door’s name and a knocker’s address never become shell', async () => {
    const canary = join(folder, 'canary');
    const names = [`$(touch ${canary})`, `;touch ${canary}`, `| touch ${canary}`, '%IP%', '%n%s'];
    const command = `printf '%s\\n' "%IP%" '%ip%' '%n' '$HOME' >> ${folder}/out`;
    const doors = names.map((name) => `[${name}]\n sequence = 7000\n command = ${command}\n`);
    await using daemon = await start(doors.join(''));
    net.client.run(['knock', '-6', SERVER[6], '7000']);
    const expected = `${CLIENT[6]}\n%ip%\n%n\n$HOME\n`.repeat(names.length);
    await until(() => out().length >= expected.length);
    expect(out()).toBe(expected);
    expect(existsSync(canary)).toBe(false);
    await daemon.stop();
  });

  it('ends in compat when its interface is gone, as 0.8 does', async () => {
    const flags = ['-v', '--compat', 'knockd'];
    net.server.run(['ip', 'link', 'add', 'gone0', 'type', 'veth', 'peer', 'name', 'gone1']);
    net.server.run(['ip', 'address', 'add', '10.79.0.1/24', 'dev', 'gone0']);
    net.server.run(['ip', 'link', 'set', 'gone0', 'up']);
    await using daemon = await start('[d]\n sequence = 7000\n', { flags, interfaces: ['gone0'] });
    net.server.run(['ip', 'link', 'delete', 'gone0']);
    expect(await daemon.ended).toBe(0);
    expect(daemon.said.sort()).toEqual([
      'closing...',
      'listening on gone0...',
      'pcap: The interface disappeared',
      'waiting for child processes...',
    ]);
  });

  it('gives commands descriptors 0 to 2, whatever it was given itself', async () => {
    const by = ['sh', '-c', 'exec 9</dev/null; exec "$@"', 'sh'];
    const doors = `[d]\n sequence = 7000\n command = ls /proc/self/fd > ${folder}/out\n`;
    await using daemon = await start(doors, { by });
    knock('7000');
    await until(() => out().split('\n').length > 3);
    // `ls` has one of its own, for the folder it lists.
    expect(out().trim().split('\n')).toEqual(['0', '1', '2', '3']);
    await daemon.stop();
  });

  it('R-57: writes one line for one event, whatever a name holds', async () => {
    const log = join(folder, 'log');
    const doors =
      '[\x1b[31mred\x1b[0m\x07\x08\x0c\x7f]\n sequence = 7000\n[caf\xe9 %n%s]\n sequence = 7000\n';
    await using daemon = await start(doors, { options: ` logfile = ${log}` });
    knock('7000');
    await daemon.until(
      () => daemon.said.filter((line) => line.includes('OPEN SESAME')).length === 2,
    );
    const text = readFileSync(log, 'utf8') + daemon.said.join('\n');
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    expect(text.match(/OPEN SESAME/g)).toHaveLength(4);
  });
});
