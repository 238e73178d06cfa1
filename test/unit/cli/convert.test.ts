import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CLI } from '../../support/daemon.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-convert-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TEXT = [
  '[ssh]',
  'sequence = 1,2',
  'start_command = iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT',
  'stop_command = iptables -D INPUT -s %IP% -p tcp --dport 22 -j ACCEPT',
  '',
].join('\n');
const file = join(folder, 'knockd.conf');
writeFileSync(file, TEXT);

function postern(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const command = [join(CLI, 'main.js'), 'convert', ...args];
  return spawnSync(process.execPath, command, { encoding: 'utf8' });
}

describe('postern convert', () => {
  it('prints the new file, and tells about it beside', () => {
    const { stdout, stderr, status } = postern(file);
    expect(stdout).toMatch(/^\[options\]\nmark = 0x10000000\n[^]*open {10}= tcp\/22\n/);
    expect(stderr).toMatch(/:1: door "ssh" opens tcp\/22 for 10s[^]*iptables -I INPUT -m mark/);
    expect(status).toBe(0);
  });

  it('prints the changes alone', () => {
    const { stdout } = postern(file, '--diff', '--guard', 'yes', '--trusted', '192.0.2.0/24');
    expect(stdout).toMatch(/^--- .*\n\+\+\+ .*\n@@ [^]*\+trusted = 192.0.2.0\/24\n/);
    expect(stdout).not.toMatch(/guard|mark/);
  });

  it('writes a file as secret as the old one, and never over another', () => {
    chmodSync(file, 0o600);
    const out = join(folder, 'new.conf');
    expect(postern(file, '--out', out)).toMatchObject({ stdout: '', status: 0 });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const before = readFileSync(out, 'utf8');
    expect(postern(file, '--out', out, '--guard', 'yes').status).toBe(1);
    expect(readFileSync(out, 'utf8')).toBe(before);
  });

  it.each([
    ['--guard', 'no', '--trusted', '192.0.2.0/24'],
    ['--trusted', 'everybody'],
    ['--open-for', 'a while'],
    ['--guard', 'perhaps'],
  ])('refuses %s %s', (...flags) => {
    expect(postern(file, ...flags).status).toBe(2);
  });

  it('says what keeps a file from being loaded', () => {
    const wrong = join(folder, 'wrong.conf');
    writeFileSync(wrong, '[a]\nwhat\n');
    const { stdout, stderr, status } = postern(wrong);
    expect([stdout, status]).toEqual(['', 1]);
    expect(stderr).toMatch(/wrong.conf:2:1: error:[^]*can't be converted/);
    expect(postern(join(folder, 'none.conf')).status).toBe(1);
  });
});
