import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfiguration } from '../config/load.ts';
import { secretFile } from '../config/secret-files.ts';
import type { Door } from '../door/door.ts';
import type { GivenFile } from './page-text.ts';

/**
 * A door file with those that it includes, and its lists of addresses; with `withSecrets` the files of
 * keys, secrets and one-time sequences too. One with mistakes in it is given as well: the page tells of
 * them. Throws the system's own error where one can't be read.
 */
export function givenFiles(path: string, withSecrets: boolean): GivenFile[] {
  const { files, configuration } = loadConfiguration(path);
  const { allowFiles = [], blockFiles = [] } = configuration?.options.lists ?? {};
  const doors = configuration?.doors ?? [];
  const secrets = withSecrets ? doors.flatMap(secretFiles) : [];
  const paths = [...files, ...allowFiles, ...blockFiles, ...secrets].map((each) => resolve(each));
  return [...new Set(paths)].map((each) => [each, readFileSync(each, 'utf8')]);
}

function secretFiles(door: Door): readonly string[] {
  return [secretFile(door) ?? [], door.oneTimeSequences ?? []].flat();
}
