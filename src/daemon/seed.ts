import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasStateFolder, openStateFolder } from './state-folder.ts';

const BYTES = 16;

/**
 * The seed of this host's random tripwires, as hex: made once and kept, so that a restart moves none.
 * Where the state folder can't be used, one for this run alone.
 */
export function tripwireSeed(stateFolder: string, warn: (line: string) => void): string {
  const file = join(stateFolder, 'tripwire.seed');
  try {
    hasStateFolder(stateFolder, '');
    const seed = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{32}$/.test(seed)) return seed;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      warn(`${file}: ${(error as Error).message}; tripwires get a seed for this run alone`);
      return randomBytes(BYTES).toString('hex');
    }
  }
  const fresh = randomBytes(BYTES).toString('hex');
  try {
    openStateFolder(stateFolder);
    writeFileSync(file, `${fresh}\n`, { mode: 0o600 });
  } catch (error) {
    warn(`${(error as Error).message}; tripwires get a seed for this run alone`);
  }
  return fresh;
}

/** The seed that a daemon has made, for who only wants to know it; undefined if there is none to be read. */
export function knownSeed(stateFolder: string): string | undefined {
  try {
    const seed = readFileSync(join(stateFolder, 'tripwire.seed'), 'utf8').trim();
    return /^[0-9a-f]{32}$/.test(seed) ? seed : undefined;
  } catch {
    return undefined;
  }
}
