import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { USAGE } from '../../src/cli/knockd-flags.ts';
import { CLI } from '../support/daemon.ts';

function run(name: 'knockd' | 'knock', ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(CLI, `${name}.js`), ...args],
    { encoding: 'utf8' },
  );
  return { status, stdout, stderr };
}

describe('under the name knockd', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-knockd-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (text: string): string => {
    const path = join(folder, 'knockd.conf');
    writeFileSync(path, text);
    return path;
  };
  const usage = `${USAGE.join('\n')}\n`;

  it.each([['-h'], ['--help'], ['-4vDdh'], ['--only-ip-v4', '-h']])(
    'answers %j %j with help and 0',
    (...args) => {
      const { status, stdout, stderr } = run('knockd', ...args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('--only-ip-v4');
    },
  );

  it('says under -V what it stands in for, and what it is', () => {
    const { status, stdout } = run('knockd', '-V', 'extra');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^knockd 0\.8 \(Postern \d+\.\d+\.\d+\)\n/);
  });

  it.each([
    [['-Z'], "knockd: invalid option -- 'Z'\n"],
    [['-c'], "knockd: option requires an argument -- 'c'\n"],
    [['--bogus'], "knockd: unrecognized option '--bogus'\n"],
    [['--compat', 'fwknop'], 'knockd: --compat fwknop: only knockd is known\n'],
  ])('answers %j with the usage and 0, as 0.8 does', (args, stderr) => {
    expect(run('knockd', ...args)).toEqual({ status: 0, stdout: usage, stderr });
  });

  it.each([
    ['[a]\nsequence = 70000\n', 'config: section a: port 70000 is invalid\n'],
    ['[a]\nsequence = 1\ncolour = blue\n[]\n', 'config: line 3: syntax error\n'],
    ['x = 1\n', 'config: line 1: all directives must belong to a section\n'],
    ['[a]\n', "error: section 'a' has an empty knock sequence\n"],
  ])('refuses %j with 0.8’s line, the usage and 1, with -d too', (text, stderr) => {
    for (const flags of [[], ['-d']]) {
      expect(run('knockd', ...flags, '-c', file(text))).toEqual({
        status: 1,
        stdout: usage,
        stderr,
      });
    }
  });

  it('tells of mistakes that only we know with place and caret', () => {
    const { status, stderr } = run('knockd', '-c', file('[a]\nsequence = 1\nopen = tcp/x\n'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/:3:8: error: .*\n +3 \| open = tcp\/x\n/);
  });

  it('names a file that is not there, as it was given', () => {
    const { status, stderr } = run('knockd', '--conf', '/nonexistent/k.conf');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: '/nonexistent/k.conf: No such file or directory\n',
    });
  });

  it('prints with -D how it reads the file, up to the mistake', () => {
    const path = file('[options]\nusesyslog = x\n');
    expect(run('knockd', '-D', '-c', path).stdout).toBe(`config: new section: 'options'\n${usage}`);
  });
});

describe('under the name knock', () => {
  it.each([
    [['-h'], 1, ''],
    [['host'], 1, ''],
    [['-x', 'host', '1'], 1, "knock: invalid option -- 'x'\n"],
    [['-V'], 0, ''],
    [['-d', '-5', 'host', '1'], 1, 'error: delay cannot be negative\n'],
    [
      ['-6', '127.0.0.1', '7000'],
      1,
      "Failed to resolve hostname '127.0.0.1' on port 7000\ngetaddrinfo: Address family for hostname not supported\n",
    ],
    [
      ['127.0.0.1', 'no-such-service'],
      1,
      "Failed to resolve hostname '127.0.0.1' on port no-such-service\ngetaddrinfo: Servname not supported for ai_socktype\n",
    ],
  ])('answers %j with %i', (args, status, stderr) => {
    expect(run('knock', ...args)).toMatchObject({ status, stderr });
  });
});
