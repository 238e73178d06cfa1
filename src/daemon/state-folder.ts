import { constants, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createHash } from 'node:crypto';

/** Why a folder can't be trusted with our state. */
export class StateFolderError extends Error {
  readonly code = 'STATE_FOLDER';
}

/**
 * A folder of ours below the state folder, made if need be. Each of the two must be a real folder, our
 * own, that nobody else can write to or read in: commands that we run come from it, so anything else is
 * refused, and a link is never followed. Throws a `StateFolderError`, or the system's own error.
 */
export function openStateFolder(stateFolder: string, name = ''): string {
  makeFolder(stateFolder);
  check(stateFolder);
  const folder = join(stateFolder, name);
  if (name === '') return folder;
  makeFolder(folder);
  check(folder);
  return folder;
}

/** With the folders above it. Node's own way never ends where the kernel makes none, as in /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Whether there is such a folder; throws like `openStateFolder` where it is not to be trusted. */
export function hasStateFolder(stateFolder: string, name: string): boolean {
  const folder = join(stateFolder, name);
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return false;
  check(stateFolder);
  check(folder);
  return true;
}

/** Daemons with other files or interfaces keep their own state: they may run side by side. */
export function instanceName(file: string, interfaces: readonly string[]): string {
  const hash = createHash('sha256').update([file, ...interfaces].join('\0'));
  return hash.digest('hex').slice(0, 16);
}

function check(folder: string): void {
  const { uid, mode } = lstatSync(folder);
  const refuse = (why: string): never => {
    throw new StateFolderError(`${folder} ${why}: nothing is read from it or written to it`);
  };
  if ((mode & constants.S_IFMT) !== constants.S_IFDIR) refuse('is not a folder');
  if (uid !== process.geteuid!()) refuse(`belongs to uid ${uid}, not to us`);
  if ((mode & 0o077) !== 0) refuse(`is open to others (mode ${(mode & 0o777).toString(8)})`);
}
