import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setMemory } from '../../../src/daemon/set-memory.ts';
import type { Configuration } from '../../../src/config/configuration.ts';
import type { NamedSet } from '../../../src/firewall/nft/borrowed/left-sets.ts';

const SETS: readonly NamedSet[] = [
  { family: 4, place: { table: 'inet filter', name: 'allowed' } },
  { family: 6, place: { table: 'ip6 mangle', name: 'a-b.c' } },
];

describe('the sets in use, remembered', () => {
  let stateFolder = '';
  let said: string[] = [];
  const memory = (file = '/etc/knockd.conf') =>
    setMemory({ file, options: { stateFolder } } as Configuration, ['eth0'], (line) =>
      said.push(line),
    );

  beforeEach(() => {
    stateFolder = mkdtempSync(join(tmpdir(), 'postern-sets-'));
    said = [];
  });
  afterEach(() => rmSync(stateFolder, { recursive: true }));

  it('are those that were written, and none of another file', () => {
    expect(memory().read()).toEqual([]);
    memory().write(SETS);
    expect(memory().read()).toEqual(SETS);
    expect(memory('/etc/other.conf').read()).toEqual([]);
    memory().write([]);
    expect(readdirSync(stateFolder)).toEqual([]);
    expect(said).toEqual([]);
  });

  it('are what can be read of a damaged file', () => {
    memory().write(SETS);
    const [name] = readdirSync(stateFolder);
    const lines = '4 inet filter allowed\n5 inet filter x\n4 bridge t s\n6 ip6 mangle\n\0\n';
    writeFileSync(join(stateFolder, name!), lines);
    expect(memory().read()).toEqual(SETS.slice(0, 1));
  });

  it('are said to be lost where nothing can be written, and nothing is thrown', () => {
    stateFolder = join(stateFolder, 'file');
    writeFileSync(stateFolder, '');
    memory().write(SETS);
    expect(said.join()).toContain('the sets in use are not kept');
    stateFolder = join(stateFolder, '..');
  });
});
