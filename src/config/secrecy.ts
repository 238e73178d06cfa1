import { statSync } from 'node:fs';
import { ConfigError, wholeFile } from './config-error.ts';

const READABLE_BY_ALL = 0o004;

/** Warns of configuration files that everybody on the host may read: who can read one can knock. */
export function adviseOnSecrecy(files: readonly string[]): ConfigError[] {
  return files.flatMap((file) => {
    if ((modeOf(file) & READABLE_BY_ALL) === 0) return [];
    const message = `everybody on this host can read the knocks in it; do: chmod o= ${file}`;
    const place = wholeFile(file);
    return [new ConfigError(message, { severity: 'warning', code: 'CONFIG_READABLE', place })];
  });
}

/** Of what is no file (a pipe, say), or gone, nothing is said. */
function modeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.mode : 0;
}
