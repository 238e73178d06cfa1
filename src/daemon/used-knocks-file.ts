import { join } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import { instanceName, openStateFolder } from './state-folder.ts';

/** Where the knocks that a configuration's doors have used are kept: in the state folder, by the file's name alone. */
export function usedKnocksFile({ file, options: { stateFolder } }: Configuration): string {
  return join(openStateFolder(stateFolder), `used-knocks.${instanceName(file, [])}`);
}
