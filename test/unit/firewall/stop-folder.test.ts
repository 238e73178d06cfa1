import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasStateFolder, openStateFolder } from '../../../src/daemon/state-folder.ts';
import type { PendingStop, StopBook } from '../../../src/firewall/command/stop-book.ts';
import { stopFolder } from '../../../src/firewall/command/stop-folder.ts';

let state: string;
let folder: string;
let book: StopBook;
beforeEach(() => {
  state = join(mkdtempSync(join(tmpdir(), 'postern-stops-')), 'state');
  folder = join(state, 'one');
  book = newBook();
});
afterEach(() => rmSync(join(state, '..'), { recursive: true }));

const newBook = (): StopBook =>
  stopFolder(folder, {
    open: () => void openStateFolder(state, 'one'),
    exists: () => hasStateFolder(state, 'one'),
  });
const stop = (id: string, more: Partial<PendingStop> = {}): PendingStop => ({
  id,
  door: 'ssh',
  source: '203.0.113.9',
  command: 'iptables -D INPUT -s 203.0.113.9 -j ACCEPT',
  dueAtMs: 1000,
  ...more,
});

describe('stop commands in the state folder', () => {
  it('are there for whoever comes next, until they have run', () => {
    book.keep(stop('a'));
    book.keep(stop('b', { grant: '203.0.113.9/32 ssh' }));
    expect(newBook().left()).toEqual([stop('a'), stop('b', { grant: '203.0.113.9/32 ssh' })]);
    expect(book.claim(stop('a'))).toEqual(stop('a'));
    book.done(stop('a'));
    expect(
      newBook()
        .left()
        .map(({ id }) => id),
    ).toEqual(['b']);
    book.claim(stop('b'));
    book.done(stop('b'));
    expect(existsSync(folder)).toBe(false);
    expect(newBook().left()).toEqual([]);
  });

  it('are run by one of those who share the folder', () => {
    book.keep(stop('a'));
    const other = newBook();
    expect(other.claim(stop('a'))).toEqual(stop('a'));
    expect(book.claim(stop('a'))).toBeUndefined();
    expect(newBook().left(), 'it runs in a process that lives').toEqual([]);
  });

  it('are given back, not taken, when somebody has put them off', () => {
    book.keep(stop('a'));
    newBook().keep(stop('a', { dueAtMs: 5000 }));
    expect(book.claim(stop('a'))).toEqual(stop('a', { dueAtMs: 5000 }));
    expect(newBook().left()).toHaveLength(1);
  });

  it('run again if who had claimed them died', () => {
    book.keep(stop('a'));
    const gone = spawnSync('true').pid;
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, `a.${gone}-1.run`), readFileSync(join(folder, name!)), {
      mode: 0o600,
    });
    rmSync(join(folder, name!));
    expect(newBook().left()).toEqual([stop('a')]);
  });

  it('that are half written, or are none, are passed over', () => {
    book.keep(stop('a'));
    const texts = [
      '',
      '{',
      'null',
      '[]',
      '{"id":"x"}',
      JSON.stringify(stop('other')),
      JSON.stringify(stop('y', { source: 'x;reboot' })),
    ];
    for (const [at, text] of texts.entries()) {
      writeFileSync(join(folder, `bad${at}.stop`), text, { mode: 0o600 });
    }
    writeFileSync(join(folder, 'notes.txt'), 'x');
    expect(
      newBook()
        .left()
        .map(({ id }) => id),
    ).toEqual(['a']);
  });

  it('R-60: are readable by us alone', () => {
    book.keep(stop('a'));
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'a.stop')).mode & 0o777).toBe(0o600);
  });

  const isRoot = process.getuid!() === 0;
  const plant = (name: string, mode = 0o600): string => {
    openStateFolder(state, 'one');
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(stop('evil')), { mode });
    chmodSync(path, mode);
    return path;
  };
  const FILES: readonly (readonly [string, () => unknown])[] = [
    ['open to the group', () => plant('evil.stop', 0o640)],
    ['open to all', () => plant('evil.stop', 0o666)],
    ['writable by all', () => plant('evil.stop', 0o602)],
    [
      'a symbolic link',
      () => {
        symlinkSync(plant('real.txt'), join(folder, 'evil.stop'));
      },
    ],
    [
      'a hard link',
      () => {
        linkSync(plant('real.txt'), join(folder, 'evil.stop'));
      },
    ],
    [
      'a folder',
      () => {
        openStateFolder(state, 'one');
        mkdirSync(join(folder, 'evil.stop'));
      },
    ],
    [
      'a pipe',
      () => {
        openStateFolder(state, 'one');
        spawnSync('mkfifo', ['-m', '600', join(folder, 'evil.stop')]);
      },
    ],
    ...(isRoot
      ? [
          [
            'somebody else’s',
            () => {
              spawnSync('chown', ['65534', plant('evil.stop')]);
            },
          ] as const,
        ]
      : []),
  ];
  it.each(FILES)('R-60: no command is taken from a file that is %s', (_, make) => {
    make();
    expect(newBook().left()).toEqual([]);
  });

  const FOLDERS: readonly (readonly [string, string, () => unknown])[] = [
    ['state folder', 'open to the group', () => (mkdirSync(state), chmodSync(state, 0o750))],
    ['state folder', 'open to all', () => (mkdirSync(state), chmodSync(state, 0o777))],
    ['state folder', 'a link', () => symlinkSync('/tmp', state)],
    [
      'folder in it',
      'open to all',
      () => (openStateFolder(state, 'one'), chmodSync(folder, 0o777)),
    ],
    [
      'folder in it',
      'a link',
      () => {
        openStateFolder(state);
        symlinkSync('/tmp', folder);
      },
    ],
    ['folder in it', 'a file', () => (openStateFolder(state), writeFileSync(folder, ''))],
    ...(isRoot
      ? [
          [
            'state folder',
            'somebody else’s',
            () => (openStateFolder(state), spawnSync('chown', ['65534', state])),
          ] as const,
        ]
      : []),
  ];
  it.each(FOLDERS)('R-60: the %s is refused if it is %s', (_, __, make) => {
    make();
    expect(() => book.keep(stop('a'))).toThrow();
    expect(() => openStateFolder(state, 'one')).toThrow();
    if (existsSync(folder)) expect(() => book.left()).toThrow();
  });
});
