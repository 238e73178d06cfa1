import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { printNewTable } from '../firewall/nft/print.ts';
import type { Table } from '../firewall/nft/table.ts';
import { openStateFolder } from './state-folder.ts';

/** The last guard that stood, as text that `nft -f` loads where none does. */
export const GUARD_FILE = 'guard.nft';

/**
 * Keeps the text of the table as it is made, so that the next boot can shut the ports before the network
 * is up, without a daemon. Where that can't be done it is said, and the daemon runs.
 */
export function keptGuard(
  stateFolder: string,
  say: (line: string) => void,
): (table: Table | undefined) => void {
  let kept: string | undefined;
  return (table) => {
    try {
      if (table === undefined) {
        kept = undefined;
        return forgetGuard(stateFolder);
      }
      const text = printNewTable(table);
      if (text === kept) return;
      write(openStateFolder(stateFolder), text);
      kept = text;
    } catch (error) {
      say(`the guard is not kept for the next boot: ${(error as Error).message}`);
    }
  };
}

/** After the table has been taken away on purpose, the next boot must not bring it back. */
export function forgetGuard(stateFolder: string): void {
  rmSync(join(stateFolder, GUARD_FILE), { force: true });
}

/** Whole or not at all: a boot may come at any moment. */
function write(folder: string, text: string): void {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const fresh = join(folder, `${GUARD_FILE}.new`);
  rmSync(fresh, { force: true });
  const file = openSync(fresh, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, join(folder, GUARD_FILE));
}
