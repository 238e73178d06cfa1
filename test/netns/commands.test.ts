import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { CLIENT, netns, noNetns, SERVER, type Netns } from '../support/netns.ts';

const STEPS = ['7001', '7002', '7003'];

describe.skipIf(noNetns)('start and stop commands', () => {
  let net: Netns;
  let folder: string;
  beforeEach(async () => {
    net = await netns();
    folder = mkdtempSync(join(tmpdir(), 'postern-commands-'));
  });
  afterEach(async () => {
    await net[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const fileNamed = (name: string): string => join(folder, name);
  const doors = (rest: string): string => `
[ssh]
 sequence = ${STEPS.join()}
 tcpflags = syn
${rest}`;
  const knock = (host: string): string => net.client.run(['knock', '-d', '5', host, ...STEPS]);

  it('run in the order of knockd’s lines, with the knocker’s address', async () => {
    const log = fileNamed('log');
    const text = doors(` start_command = echo start %IP% >> ${log}
 cmd_timeout = 1
 stop_command = echo stop %IP% >> ${log}`);
    await using daemon = await Daemon.start(net.server, {
      doors: text,
      name: 'knockd',
      flags: ['-v'],
    });
    knock(SERVER[6]);
    await daemon.until(() => existsSync(log) && readFileSync(log, 'utf8').includes('stop'));
    await daemon.until(() => daemon.said.length === 8); // what it says and what it runs come by ways of their own
    expect(readFileSync(log, 'utf8')).toBe(`start ${CLIENT[6]}\nstop ${CLIENT[6]}\n`);
    await expect
      .poll(() => daemon.said)
      .toEqual([
        'listening on srv0...',
        `${CLIENT[6]}: ssh: Stage 1`,
        `${CLIENT[6]}: ssh: Stage 2`,
        `${CLIENT[6]}: ssh: Stage 3`,
        `${CLIENT[6]}: ssh: OPEN SESAME`,
        `ssh: running command: echo start ${CLIENT[6]} >> ${log}`,
        `${CLIENT[6]}: ssh: command timeout`,
        `ssh: running command: echo stop ${CLIENT[6]} >> ${log}`,
      ]);
    expect(net.server.run(['nft', 'list', 'ruleset'])).toBe('');
  });

  it('of a door with open start when the kernel has acknowledged it, and stop when it ends', async () => {
    const [atStart, atStop] = [fileNamed('start'), fileNamed('stop')];
    const list = 'nft list set inet postern open4';
    const text = doors(` open = tcp/22
 open_for = 1s
 start_command = ${list} > ${atStart}.part && mv ${atStart}.part ${atStart}
 stop_command = ${list} > ${atStop}.part && mv ${atStop}.part ${atStop}`);
    await using daemon = await Daemon.start(net.server, {
      doors: text,
      name: 'knockd',
      flags: ['-v'],
    });
    knock(SERVER[4]);
    await daemon.until(() => existsSync(atStop));
    expect(readFileSync(atStart, 'utf8')).toContain(`${CLIENT[4]} . tcp . 22`);
    expect(readFileSync(atStop, 'utf8')).not.toContain(CLIENT[4]);
    const words = daemon.said.slice(4).map((line) => line.replace(/: nft.*/, ''));
    expect(words).toEqual([
      `${CLIENT[4]}: ssh: OPEN SESAME`,
      `${CLIENT[4]}: ssh: opened tcp/22 for 1 s`,
      'ssh: running command',
      `${CLIENT[4]}: ssh: closed`,
      `${CLIENT[4]}: ssh: command timeout`,
      'ssh: running command',
    ]);
  });

  it('are not run where the door did not open', async () => {
    const ran = fileNamed('ran');
    const text = doors(` open = tcp/22\n max_grants = 1\n start_command = echo %IP% >> ${ran}`);
    await using daemon = await Daemon.start(net.server, { doors: text });
    knock(SERVER[4]);
    await daemon.atLeast(1, 'open');
    net.client.run(['ip', 'address', 'add', '10.77.0.44/24', 'dev', 'cli0']);
    net.client.run([
      'ip',
      'route',
      'replace',
      `${SERVER[4]}/32`,
      'dev',
      'cli0',
      'src',
      '10.77.0.44',
    ]);
    knock(SERVER[4]);
    expect(await daemon.atLeast(1, 'refuse')).toMatchObject([{ source: '10.77.0.44' }]);
    expect(await daemon.stop()).toBe(0);
    expect(readFileSync(ran, 'utf8')).toBe(`${CLIENT[4]}\n`);
  });
});
