import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PendingAction, PendingBook } from '../engine/pending-action.ts';
import { replaceFile } from '../replace-file.ts';
import { parseAddress } from '../tuple/address.ts';
import { openStateFolder } from './state-folder.ts';

/**
 * Actions that wait, a line of JSON each, in a file that is there only while some do. It names doors and
 * actions and holds no commands: what they do stands in the configuration alone.
 */
export function pendingActions(stateFolder: string, instance: string): PendingBook {
  const path = join(stateFolder, `pending-actions.${instance}`);
  return {
    left: () => (existsSync(path) ? linesOf(path).flatMap(parse) : []),
    keep: (all) => {
      if (all.length === 0) return rmSync(path, { force: true });
      openStateFolder(stateFolder);
      replaceFile(path, all.map((one) => `${JSON.stringify(one)}\n`).join(''));
    },
  };
}

function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

/** The entry, if it is whole. */
function parse(line: string): PendingAction[] {
  try {
    const { door, action, source, dueAtMs } = JSON.parse(line) as Partial<PendingAction>;
    const isWhole =
      typeof door === 'string' &&
      typeof action === 'string' &&
      typeof dueAtMs === 'number' &&
      typeof source === 'string' &&
      parseAddress(source) !== undefined;
    return isWhole ? [{ door, action, source, dueAtMs }] : [];
  } catch {
    return [];
  }
}
