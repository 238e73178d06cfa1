import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inFileOrder } from '../../../src/config/config-error.ts';
import { loadConfiguration } from '../../../src/config/load.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-include-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function load(): { doors: string[] | undefined; problems: string[]; knockdLines: unknown[] } {
  const { configuration, problems, files } = loadConfiguration(join(folder, 'main.conf'));
  const sorted = inFileOrder(problems, files);
  return {
    doors: configuration?.doors.map(({ name }) => name),
    problems: sorted.map(({ file, line, column, code }) =>
      [file.slice(folder.length + 1), line, column, code.slice(7)].join(':'),
    ),
    knockdLines: sorted.map(({ knockdLine }) => knockdLine),
  };
}

const INCLUDE = '[options]\ninclude = doors.d\n';

describe('include', () => {
  it('reads the files of a folder in order of their names, behind its own doors', () => {
    write({
      'main.conf': `${INCLUDE}[own]\nsequence = 1\n`,
      'doors.d/20-b.conf': '[b]\nsequence = 2',
      'doors.d/10-a.conf': '[a]\nsequence = 3\n[options]\nmax_grants = 32\n',
      'doors.d/notes.txt': 'no door',
      'doors.d/.hidden.conf': 'no door',
    });
    expect(load()).toMatchObject({ doors: ['own', 'a', 'b'], problems: [] });
    const { configuration, files } = loadConfiguration(join(folder, 'main.conf'));
    expect(configuration!.options.maxGrants).toBe(32);
    expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
      'main.conf',
      'doors.d/10-a.conf',
      'doors.d/20-b.conf',
    ]);
  });

  it('names the file in which a problem lies, in the order of the files', () => {
    write({
      'main.conf': `${INCLUDE}[a]\nsequence = 70000\n`,
      'doors.d/1.conf': 'sequence = 1\n[b]\ncolour = red\nsequence = 2',
      'doors.d/2.conf': '[a]\nsequence = 3:icmp\n',
    });
    expect(load()).toEqual({
      doors: undefined,
      problems: [
        'main.conf:4:12:INVALID_PORT',
        'doors.d/1.conf:1:1:OUTSIDE_SECTION',
        'doors.d/1.conf:3:1:UNKNOWN_DIRECTIVE',
        'doors.d/2.conf:1:2:DUPLICATE_DOOR',
        'doors.d/2.conf:2:14:INVALID_PROTOCOL',
      ],
      knockdLines: [
        'config: section a: port 70000 is invalid',
        undefined,
        undefined,
        undefined,
        undefined,
      ],
    });
  });

  it('follows an include of an included file, beside that file', () => {
    write({
      'main.conf': INCLUDE,
      'doors.d/1.conf': '[options]\ninclude = more.d\n[a]\nsequence = 1',
      'doors.d/more.d/1.conf': '[b]\nsequence = 2',
    });
    expect(load()).toMatchObject({ doors: ['a', 'b'], problems: [] });
  });

  it('refuses circles, also by a link', () => {
    write({ 'main.conf': INCLUDE, 'doors.d/1.conf': '[options]\ninclude = .\n' });
    expect(load().problems).toEqual(['doors.d/1.conf:2:11:INCLUDE']);
    write({ 'doors.d/1.conf': '[a]\nsequence = 1' });
    symlinkSync(join(folder, 'main.conf'), join(folder, 'doors.d/2.conf'));
    expect(load().problems).toEqual(['main.conf:2:11:INCLUDE']);
  });

  it('says what can’t be read', () => {
    write({ 'main.conf': INCLUDE });
    expect(load()).toMatchObject({ doors: undefined, problems: ['main.conf:2:11:INCLUDE'] });
    mkdirSync(join(folder, 'doors.d/folder.conf'), { recursive: true });
    expect(load().problems).toEqual(['main.conf:2:11:INCLUDE']);
  });

  it('wants a folder', () => {
    write({ 'main.conf': '[options]\ninclude =\n' });
    expect(load().problems).toEqual(['main.conf:2:10:INCLUDE']);
  });

  it('finds compat in an included file', () => {
    write({
      'main.conf': `${INCLUDE}[own]\nsequence = 1\nignore_repeats = no\n`,
      'doors.d/1.conf': '[options]\ncompat = knockd\n',
    });
    expect(load().problems).toEqual(['main.conf:5:1:COMPAT']);
  });
});
