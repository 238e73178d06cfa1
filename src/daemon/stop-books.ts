import { join } from 'node:path';
import type { StopBook } from '../firewall/command/stop-book.ts';
import { stopFolder } from '../firewall/command/stop-folder.ts';
import { hasStateFolder, openStateFolder } from './state-folder.ts';

/** The stop commands of one daemon, below the folder that must be the running process's own. */
export function bookIn(stateFolder: string, instance: string): StopBook {
  return stopFolder(join(stateFolder, instance), {
    open: () => void openStateFolder(stateFolder, instance),
    exists: () => hasStateFolder(stateFolder, instance),
  });
}

/**
 * Where root's helper keeps them. The state folder belongs to the daemon's user then, and what root runs
 * must not come from a folder of somebody else's.
 */
export function helperStateFolder(stateFolder: string): string {
  return `${stateFolder}-commands`;
}
