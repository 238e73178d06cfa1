import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RuntimePackage {
  readonly name: string;
  /** Below the root. */
  readonly folder: string;
  readonly license: string;
  /** The text of its licence. */
  readonly text: string;
}

/** Headers that the addon is built with; nothing of them runs. */
const BUILD_ONLY: ReadonlySet<string> = new Set(['node-addon-api', 'node-api-headers']);

/** The packages that the program needs to run, by the lock file. */
export function runtimePackages(root: string): RuntimePackage[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; license?: string }>;
  };
  return Object.entries(packages)
    .map(([folder, rest]) => ({ ...rest, folder, name: folder.replace(/^.*node_modules\//, '') }))
    .filter(({ folder, dev, name }) => folder !== '' && !dev && !BUILD_ONLY.has(name))
    .map(({ folder, name, license = 'unknown' }) => ({
      name,
      folder,
      license,
      text: licenseText(join(root, folder)),
    }));
}

function licenseText(folder: string): string {
  const name = readdirSync(folder).find((each) => /^licen[sc]e/i.test(each));
  return name === undefined ? '' : readFileSync(join(folder, name), 'utf8').trim();
}
