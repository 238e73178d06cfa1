import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** Before the first test: what runs in child processes (see netns.ts) is the compiled program. */
export function setup(): void {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  // What is written counts; whether the types hold is asked elsewhere.
  spawnSync(process.execPath, [compiler, '-b', 'src'], { cwd: ROOT, stdio: 'inherit' });
  spawnSync(process.execPath, ['src/lab/bundle.mjs'], { cwd: ROOT, stdio: 'inherit' });
  if (!existsSync(join(ROOT, 'build/Release/postern.node'))) {
    execFileSync(process.execPath, ['native/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
  }
}
