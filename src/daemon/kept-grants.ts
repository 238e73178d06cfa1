import { join } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import type { GrantKeeping } from '../firewall/nft/grant-file.ts';
import { clockOffsets } from '../source/clock-offsets.ts';
import { instanceName, openStateFolder } from './state-folder.ts';

/** Where a daemon keeps the grants of a table that ends with it. */
export function keptGrants(
  { file, options: { stateFolder } }: Configuration,
  interfaces: readonly string[],
): GrantKeeping {
  return {
    path: join(stateFolder, `grants.${instanceName(file, interfaces)}`),
    makeFolder: () => void openStateFolder(stateFolder),
    sleptMs: () => clockOffsets().suspended / 1000,
  };
}
