import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTrust, checkTrustOfRoot } from '../../../src/config/file-trust.ts';
import { loadConfiguration } from '../../../src/config/load.ts';

const isRoot = process.getuid!() === 0;
/** A group and a user that are not root's. */
const OTHER = 65_534;

describe('R-60: a file that says who gets in, or what root runs', () => {
  let folder: string;
  let at: (name: string) => string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-trust-'));
    at = (name) => join(folder, name);
    write(
      'knockd.conf',
      `[d]\none_time_sequences = ${at('sequences')}\ncommand = ${at('open.sh')} %IP%\n`,
    );
    write('sequences', '7000\n');
    write('open.sh', '#!/bin/sh\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, text: string): void {
    writeFileSync(at(name), text);
    chmodSync(at(name), 0o600);
  }
  const problems = (path = at('knockd.conf'), compat?: 'knockd'): string[] => {
    const { files, configuration } = loadConfiguration(path, { compat });
    return checkTrust(files, configuration).map(
      ({ severity, message }) => `${severity}: ${message}`,
    );
  };

  it('is also a program that an action runs, whatever its path', () => {
    write('knock it.sh', '#!/bin/sh\n');
    const run = JSON.stringify([at('knock it.sh'), '%IP%']);
    write('knockd.conf', `[d]\nsequence = 7000,8000\nactions = a\n[action a]\nrun = ${run}\n`);
    chmodSync(at('knock it.sh'), 0o700);
    expect(problems()).toEqual([]);
    chmodSync(at('knock it.sh'), 0o702);
    expect(problems()).toEqual([
      `error: everybody can write to it; do: chmod o-w ${at('knock it.sh')}`,
    ]);
  });

  it.runIf(isRoot)('is also one of keys, whose owner knows them', () => {
    const door = `[d]\nencoded = sealed\nspan = 40000-40255\nkeys = ${at('keys')}\nopen = tcp/22\n`;
    write('keys', `alice ${'07'.repeat(32)}\n`);
    write('knockd.conf', door);
    expect(problems()).toEqual([]);
    chownSync(at('keys'), OTHER, OTHER);
    expect(problems()).toEqual([`warning: it belongs to uid ${OTHER}, who can write to it`]);
    write('knockd.conf', `[options]\nuser = nobody\n${door}`);
    expect(problems()).toEqual([]);
    chmodSync(folder, 0o777);
    expect(problems()).toContain(
      `error: everybody can put another file in its place; do: chmod o-w ${folder}`,
    );
  });

  it.each<[string, () => void, string | undefined]>([
    ['of mode 0600 is taken', () => {}, undefined],
    ['of mode 0640 is taken', () => chmodSync(at('knockd.conf'), 0o640), undefined],
    ['of mode 0644 is taken', () => chmodSync(at('knockd.conf'), 0o644), undefined],
    [
      'of mode 0666 is refused',
      () => chmodSync(at('knockd.conf'), 0o666),
      'everybody can write to it; do: chmod o-w @/knockd.conf',
    ],
    [
      'of mode 0646 is refused',
      () => chmodSync(at('knockd.conf'), 0o646),
      'everybody can write to it; do: chmod o-w @/knockd.conf',
    ],
    [
      'with sequences that others can write is refused',
      () => chmodSync(at('sequences'), 0o602),
      'everybody can write to it; do: chmod o-w @/sequences',
    ],
    [
      'with a program that others can write is refused',
      () => chmodSync(at('open.sh'), 0o757),
      'everybody can write to it; do: chmod o-w @/open.sh',
    ],
    [
      'in a folder that others can write to is refused',
      () => chmodSync(folder, 0o777),
      'everybody can put another file in its place; do: chmod o-w @',
    ],
    ['in a folder like /tmp is taken', () => chmodSync(folder, 0o1777), undefined],
    [
      'by a link to one that others can write is refused',
      linked,
      'everybody can write to it; do: chmod o-w @/knockd.conf',
    ],
  ])('%s', (_, make, expected) => {
    make();
    const [first, ...more] = problems();
    expect(first).toBe(expected && `error: ${expected.replaceAll('@', folder)}`);
    for (const one of more) expect(one).toContain('chmod o-w'); // all files lie in that folder
  });

  function linked(): void {
    mkdirSync(at('elsewhere'));
    writeFileSync(at('elsewhere/real'), '');
    chmodSync(at('elsewhere/real'), 0o666);
    rmSync(at('knockd.conf'));
    symlinkSync(at('elsewhere/real'), at('knockd.conf'));
  }

  it.skipIf(!isRoot).each<[string, () => void, string | undefined]>([
    [
      'that a group can write is refused',
      () => owned(0, OTHER, 0o660),
      'error: the group 65534 can write to it; do: chmod g-w @/knockd.conf',
    ],
    ['that a group can read is taken', () => owned(0, OTHER, 0o640), undefined],
    ['that root’s group can write is taken', () => owned(0, 0, 0o660), undefined],
    [
      'of somebody else’s is warned of',
      () => owned(OTHER, 0, 0o600),
      'warning: it belongs to uid 65534, who can write to it',
    ],
  ])('%s', (_, make, expected) => {
    make();
    expect(problems()[0]).toBe(expected?.replaceAll('@', folder));
  });

  function owned(user: number, group: number, mode: number): void {
    chownSync(at('knockd.conf'), user, group);
    chmodSync(at('knockd.conf'), mode);
  }

  it('is warned of where 0.8 takes it, under compat', () => {
    chmodSync(at('knockd.conf'), 0o666);
    expect(problems(at('knockd.conf'), 'knockd')[0]).toMatch(/^warning: everybody/);
  });

  it.skipIf(!isRoot)('must be root’s own where root runs commands for somebody else', () => {
    const ofRoot = (): string | undefined => {
      const { files, configuration } = loadConfiguration(at('knockd.conf'));
      return checkTrustOfRoot(files, configuration!)?.message;
    };
    chownSync(at('sequences'), OTHER, OTHER); // the daemon marks them
    expect(ofRoot()).toBeUndefined();
    chownSync(at('open.sh'), OTHER, OTHER);
    expect(ofRoot()).toContain('uid 65534');
  });

  it('is no file at all where it is a pipe, or is gone', () => {
    expect(checkTrust(['/dev/null', '/nowhere'], undefined)).toEqual([]);
  });
});
