import { statSync } from 'node:fs';

/**
 * Why a file that says what root runs, or who gets in, should not be as it is; undefined if all is well.
 * 0.8 takes any file, so this is a warning.
 */
export function distrust(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile()) return undefined;
  const { uid, mode } = found;
  if ((mode & 0o002) !== 0) return `${path} can be written by everybody`;
  if ((mode & 0o020) !== 0 && found.gid !== 0) {
    return `${path} can be written by the group ${found.gid}`;
  }
  const isOurs = uid === 0 || uid === process.geteuid?.();
  return isOurs ? undefined : `${path} belongs to uid ${uid}, who can write what we run`;
}
