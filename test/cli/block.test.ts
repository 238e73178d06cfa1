import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { postern } from '../support/cli.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli/main.js');
const NOBODY = ['-s', '/nowhere/socket'];

/** As somebody who came in by ssh from 198.51.100.7, and from a link-local address. */
const BY_SSH = { SSH_CONNECTION: '198.51.100.7 50000 192.0.2.1 22' };
const BY_SSH_6 = { SSH_CONNECTION: 'fe80::7%eth0 50000 fe80::1 22' };

describe('postern block', () => {
  it.each([
    ['198.51.100.7', BY_SSH],
    ['198.51.100.0/24', BY_SSH],
    ['198.0.0.0/8', BY_SSH],
    ['fe80::/10', BY_SSH_6],
  ])('of %s refuses to cut the session that it is typed in, and asks no daemon', (network, env) => {
    const { status, stderr } = postern(['block', network, ...NOBODY], { env });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^postern: your own session comes from (198\.51\.100\.7|fe80::7), /);
  });

  it('sees the session above sudo, which takes its mark out of the environment', () => {
    const line = `env -u SSH_CONNECTION ${process.execPath} ${CLI} block 198.51.100.7 ${NOBODY.join(' ')}; exit $?`;
    const env = { ...process.env, ...BY_SSH };
    const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8', env });
    expect(status).toBe(1);
    expect(stderr).toContain('your own session comes from 198.51.100.7');
  });

  it('of others goes to the daemon', () => {
    const { status, stderr } = postern(['block', '203.0.113.0/24', ...NOBODY], { env: BY_SSH });
    expect(status).toBe(3);
    expect(stderr).not.toContain('session');
  });
});
