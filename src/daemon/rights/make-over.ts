import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Options } from '../../config/configuration.ts';
import { openStateFolder } from '../state-folder.ts';
import { helperStateFolder } from '../stop-books.ts';
import type { Account } from './addon.ts';

/**
 * Makes over to the daemon's user what it will write to: the state folder, the log file, and the folder
 * of its control socket. What belongs
 * to that user already is left alone, since root follows nothing that somebody else can put in its way.
 */
export function makeOver(options: Options, account: Account): void {
  const { stateFolder, logFile, controlSocket } = options;
  attempt(() => makeOverStateFolder(stateFolder, account));
  if (logFile !== undefined) attempt(() => makeOverLog(logFile, account));
  if (controlSocket !== undefined) attempt(() => makeOverSocketFolder(controlSocket, account));
}

/** The daemon itself says what it can't write to, and starts all the same. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // It stays root's.
  }
}

/** Stop commands that a daemon without a user has left there stay root's: they move to the helper's folder. */
function makeOverStateFolder(folder: string, { user, group }: Account): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.uid === user) return;
  openStateFolder(folder); // refuses one that others can write to
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) moveToHelper(path, entry.name, helperStateFolder(folder));
    else lchownSync(path, user, group);
  }
  lchownSync(folder, user, group);
}

function moveToHelper(path: string, name: string, folder: string): void {
  openStateFolder(folder);
  const place = join(folder, name);
  if (!existsSync(place)) renameSync(path, place);
}

/** Made if it is missing; one that is there and holds anything else, as /run does, is left alone. */
function makeOverSocketFolder(path: string, { user, group }: Account): void {
  const folder = dirname(path);
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o755 });
  const { uid, mode } = lstatSync(folder);
  const isOurs = uid === process.geteuid!() && (mode & constants.S_IFMT) === constants.S_IFDIR;
  const isItsOwn = readdirSync(folder).every((name) => name.startsWith(basename(path)));
  if (isOurs && isItsOwn && (mode & 0o022) === 0) lchownSync(folder, user, group);
}

/** In a folder that others can write to, a link or a second name might lead root to any file. */
function makeOverLog(path: string, { user, group }: Account): void {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
  const file = openSync(path, O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_WRONLY, 0o640);
  try {
    const { mode, nlink, uid } = fstatSync(file);
    const isPlain = (mode & constants.S_IFMT) === constants.S_IFREG && nlink === 1;
    if (isPlain && uid === process.geteuid!()) fchownSync(file, user, group);
  } finally {
    closeSync(file);
  }
}
