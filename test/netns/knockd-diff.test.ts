import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI } from '../support/daemon.ts';
import { noNetns } from '../support/netns.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const KD_DIFF = resolve(ROOT, '../shared/knockd/diff/kd-diff');
const PAGE = join(ROOT, 'docs/migrating-from-knockd.md');

function reasonAgainst(): string | undefined {
  if (!existsSync(KD_DIFF)) return 'the recorded sessions of knockd are not beside the project';
  if (process.getuid?.() !== 0) return 'the recorded sessions are replayed by root alone';
  return noNetns;
}
const reason = reasonAgainst();
if (reason !== undefined) console.warn(`knockd-diff is skipped: ${reason}`);

describe.skipIf(reason !== undefined)('beside the recorded sessions of knockd 0.8', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-diff-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A command that becomes our daemon, and while it runs has /proc tell whose program that is. */
  const witnessed = (flags: string): string => {
    const file = join(folder, 'knockd');
    const look = `sleep 0.1; readlink /proc/$$/exe >> ${folder}/ran`;
    const become = `exec ${process.execPath} ${join(CLI, 'knockd.js')} ${flags} "$@"`;
    // Two run side by side: each has a control socket of its own.
    const apart = `export RUNTIME_DIRECTORY=${folder}/run-$$`;
    writeFileSync(file, `#!/bin/sh\n${apart}\n( ( ${look} ) >/dev/null 2>&1 & )\n${become}\n`);
    chmodSync(file, 0o755);
    return `${file} -c {conf} {ifopt} {args}`;
  };
  const run = (flags: string): Promise<string> =>
    new Promise((done) => {
      const env = { ...process.env, STATE_DIRECTORY: join(folder, 'state') };
      const args = ['check', '-j', '2', '--fixed', '--daemon', witnessed(flags)];
      execFile(KD_DIFF, args, { env, maxBuffer: 1 << 24 }, (_, stdout) => done(stdout));
    });
  const named = (output: string, tag: string): string[] =>
    [...output.matchAll(new RegExp(`^${tag} public/(\\S+)`, 'gm'))].map(([, name]) => name!);

  it('does in compat what the real one did, in all of them', { timeout: 300_000 }, async () => {
    const output = await run('--compat knockd');
    expect(named(output, 'DIFF')).toEqual([]);
    expect(output).toMatch(/^81\/81 scenarios agree/m);
    const ran = readFileSync(join(folder, 'ran'), 'utf8').trim().split('\n');
    expect(ran.length).toBeGreaterThan(60);
    expect(new Set(ran)).toEqual(new Set([process.execPath]));
  });

  it(
    'differs without compat where the page says so, and nowhere else',
    { timeout: 300_000 },
    async () => {
      const [, table = ''] = readFileSync(PAGE, 'utf8').split('without `compat`\n');
      const listed = [...table.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
      expect(named(await run(''), 'DIFF')).toEqual(listed);
    },
  );
});
