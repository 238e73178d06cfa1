import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../programs.ts';

/** Packages of rivals live beside what is built, and never in package.json. */
export const PACKAGES: string = join(ROOT, 'build/rivals/npm');

/** What building each came to: one that fails takes minutes, and is tried once. */
const tried = new Map<string, string | undefined>();

/** Builds a package when it is first asked for; why it can't be had, undefined if it is there. */
export function whyNoPackage(name: string, version: string): string | undefined {
  if (!tried.has(name)) tried.set(name, build(name, version));
  return tried.get(name);
}

function build(name: string, version: string): string | undefined {
  if (existsSync(join(PACKAGES, 'node_modules', name, 'package.json'))) return undefined;
  mkdirSync(PACKAGES, { recursive: true });
  const manifest = join(PACKAGES, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{"private":true}\n');
  const { status, stderr, error } = spawnSync(
    'npm',
    ['install', '--no-audit', `${name}@${version}`],
    {
      cwd: PACKAGES,
      encoding: 'utf8',
      timeout: 180_000,
    },
  );
  if (status === 0) return undefined;
  if (error !== undefined) return `${name}@${version} does not build here: ${error.message}`;
  const why = stderr.split('\n').find((line) => line.includes('error:') || line.includes('code E'));
  return `${name}@${version} does not build here: ${why?.trim() ?? 'npm ended with ' + status}`;
}
