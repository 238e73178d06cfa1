import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLACES } from '../places.ts';
import { file, type Entry } from './entry.ts';
import { runtimePackages } from './runtime-packages.ts';

/** Compiled code, addon and packages, below /usr/lib/postern, and the names that people call them by. */
export function programFiles(root: string, addon: Uint8Array): Entry[] {
  const to = (path: string): string => join(PLACES.program, path);
  const packages = runtimePackages(root).flatMap(({ folder }) => filesBelow(root, folder));
  const paths = [...filesBelow(root, 'dist'), ...filesBelow(root, 'examples'), ...packages];
  return [
    ...paths.filter(isForRunning).map((path) => copy(root, path, to(path))),
    file(to('build/Release/postern.node'), addon),
    file(to('package.json'), manifest(root)),
    ...Object.entries(NAMES).map(([name, script]) => ({
      path: name,
      link: `../lib/postern/${script}`,
    })),
  ];
}

const NAMES = {
  [PLACES.postern]: 'dist/cli/main.js',
  [PLACES.knockd]: 'dist/cli/knockd.js',
  [PLACES.knock]: 'dist/cli/knock.js',
} as const;

/** Scripts with a name of their own run on the system's node, whatever lies first in somebody's PATH. */
function copy(root: string, path: string, to: string): Entry {
  const bytes = readFileSync(join(root, path));
  if (!Object.values<string>(NAMES).includes(path)) return file(to, bytes);
  const text = bytes.toString('utf8').replace(/^#!.*/, `#!${PLACES.node}`);
  return file(to, text, 0o755);
}

/** Types, source maps and pages are for who develops; licences stand in the package's own file. */
function isForRunning(path: string): boolean {
  return !/\.(d\.[mc]?ts|[mc]?ts|map|md|tsbuildinfo)$|\/(licen[sc]e|\.[^/]+)(\.[^/]*)?$/i.test(
    path,
  );
}

function filesBelow(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** What node and the program read of it. */
function manifest(root: string): string {
  const { name, version, license, type } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, unknown>;
  return `${JSON.stringify({ name, version, license, type }, undefined, 2)}\n`;
}
