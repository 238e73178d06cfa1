import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ListReader } from '../../../src/config/address-lists.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-lists-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file of so many addresses, every other one from 10.0.0.0 or wherever on. */
function listOf(name: string, count: number, first: number): string {
  const text = Array.from({ length: count }, (_, at) => {
    const word = first + 2 * at;
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}\n`;
  });
  const path = join(folder, name);
  writeFileSync(path, text.join(''), { mode: 0o644 });
  return path;
}

function read(blockFiles: readonly string[]): ReturnType<ListReader['read']> {
  const none = { allow: [], allowFiles: [], block: [], neverBlock: [] };
  const options = { ...none, blockFiles, scope: 'guarded', hasCounters: false } as const;
  return new ListReader().read('knockd.conf', options, []);
}

describe('a list', () => {
  it('has prefixes of several files', () => {
    const files = [listOf('one', 3, 0x0a000000), listOf('two', 2, 0x0b000000)];
    const { block, problems } = read(files);
    expect(problems).toEqual([]);
    expect(block.ipv4.length / 2).toBe(5);
  });

  it('takes no more of them than one file may have, and names the file that is too much', () => {
    const files = [listOf('half', 600_000, 0x0a000000), listOf('too-much', 600_000, 0x0c000000)];
    const { block, problems } = read(files);
    expect(problems.map(({ code, file, severity }) => [code, file, severity])).toEqual([
      ['CONFIG_LIST', files[1], 'error'],
    ]);
    expect(block.ipv4.length / 2).toBe(600_000);
  });
});
