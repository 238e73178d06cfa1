import { statSync } from 'node:fs';
import { ConfigError } from './config-error.ts';

const FOR_ALL = 0o006;

/** Warns of configuration files that everybody on the host may read or write: who can read one can knock. */
export function adviseOnSecrecy(files: readonly string[]): ConfigError[] {
  return files.flatMap((file) => {
    const mode = modeOf(file);
    if ((mode & FOR_ALL) === 0) return [];
    const what = (mode & 0o002) === 0 ? 'read the knocks in it' : 'write to it';
    const message = `everybody on this host can ${what}; do: chmod o= ${file}`;
    const place = { file, line: 0, column: 0, length: 0, lineText: '' };
    return [new ConfigError(message, { severity: 'warning', code: 'CONFIG_READABLE', place })];
  });
}

/** Of what is no file (a pipe, say), or gone, nothing is said. */
function modeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.mode : 0;
}
