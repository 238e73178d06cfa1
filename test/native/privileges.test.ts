import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addonPath } from '../../src/native.ts';
import { rightsAddon } from '../../src/daemon/rights/addon.ts';

/**
 * Fills the thread pool, narrows itself, begins anew, and then tells for each of many reads by the pool
 * how it ended.
 */
const SCRIPT = `
const { readFile } = require('node:fs/promises');
const addon = require(process.argv[2]);
const reads = () => Promise.allSettled(Array.from({ length: 16 }, () => readFile(process.argv[3])));
const tell = (all) => console.log(all.map(({ reason }) => reason?.code ?? 'read').join());
reads().then((all) => {
  if (process.getuid() !== 0) return tell(all);
  tell(all);
  addon.narrow(65534, 65534);
  addon.becomeProgram(process.execPath, [process.execPath, ...process.argv.slice(1)], [0, 1, 2]);
});`;

const isRoot = process.getuid!() === 0;

describe('the rights of this process', () => {
  it('are not narrow while it may still gain some', () => {
    expect(rightsAddon().isNarrowed()).toBe(false);
  });

  it('belong to an account that the host knows', () => {
    expect(rightsAddon().findAccount('root')).toEqual({ user: 0, group: 0 });
    expect(rightsAddon().findAccount('nobody-at-all')).toBeUndefined();
  });

  it.each<[string, (addon: ReturnType<typeof rightsAddon>) => unknown]>([
    ['a user without a group', (addon) => addon.narrow(1)],
    ['a user below zero', (addon) => addon.narrow(-1, 0)],
    ['a user that means none', (addon) => addon.narrow(0xffff_ffff, 0)],
    ['no list of arguments', (addon) => addon.becomeProgram('/bin/true', 'x' as never, [])],
    ['no name', (addon) => addon.findAccount(7 as never)],
  ])('can’t be given away to %s', (_, wrong) => {
    expect(() => wrong(rightsAddon())).toThrow(TypeError);
  });

  it('stay as they are where the next program can’t be had', () => {
    const wrong = (): unknown => rightsAddon().becomeProgram('/nonexistent', ['x'], []);
    expect(wrong).toThrow(expect.objectContaining({ code: 'ENOENT', syscall: 'execve' }));
  });

  it.skipIf(!isRoot)('R-78: are gone in the thread pool, too, where files are read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-rights-'));
    chmodSync(folder, 0o755);
    const addon = join(folder, 'postern.node');
    copyFileSync(addonPath(), addon);
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'x', { mode: 0o600 });
    const script = join(folder, 'script.cjs');
    writeFileSync(script, SCRIPT);
    const { stdout, stderr } = spawnSync(process.execPath, [script, addon, secret], {
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect(stderr).toBe('');
    const all = (word: string): string => Array<string>(16).fill(word).join();
    expect(stdout).toBe(`${all('read')}\n${all('EACCES')}\n`);
  });
});
