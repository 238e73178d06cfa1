import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { printNewTable } from '../firewall/nft/print.ts';
import type { Table } from '../firewall/nft/table.ts';
import { replaceFile } from '../replace-file.ts';
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
      replaceFile(join(openStateFolder(stateFolder), GUARD_FILE), text);
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
