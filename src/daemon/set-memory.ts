import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import type { NamedSet, SetMemory } from '../firewall/nft/borrowed/left-sets.ts';
import { replaceFile } from '../replace-file.ts';
import { instanceName, openStateFolder } from './state-folder.ts';

/**
 * Keeps in a file which sets of others grants go into, a line each (`4 inet filter allowed`): the next
 * daemon takes ours out of those that no door names any more. Where that can't be done it is said, and
 * they end by themselves.
 */
export function setMemory(
  { file, options: { stateFolder } }: Configuration,
  interfaces: readonly string[],
  say: (line: string) => void,
): SetMemory {
  const path = join(stateFolder, `sets.${instanceName(file, interfaces)}`);
  const attempt = <T>(otherwise: T, action: () => T): T => {
    try {
      return action();
    } catch (error) {
      say(`the sets in use are not kept: ${(error as Error).message}`);
      return otherwise;
    }
  };
  return {
    read: () =>
      attempt([], () => {
        if (!existsSync(path)) return [];
        openStateFolder(stateFolder);
        return readFileSync(path, 'utf8').split('\n').flatMap(setOf);
      }),
    write: (sets) =>
      attempt(undefined, () => {
        if (sets.length === 0) return rmSync(path, { force: true });
        openStateFolder(stateFolder);
        replaceFile(path, sets.map(lineOf).join(''));
      }),
  };
}

function lineOf({ family, place }: NamedSet): string {
  return `${family} ${place.table} ${place.name}\n`;
}

function setOf(line: string): NamedSet[] {
  const [, family, table, name] = /^([46]) ((?:inet|ip|ip6) \S+) (\S+)$/.exec(line) ?? [];
  if (table === undefined || name === undefined) return [];
  return [{ family: family === '4' ? 4 : 6, place: { table, name } }];
}
