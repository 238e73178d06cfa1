import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds a library of this folder's C; the command that runs another one with it preloaded. */
export function preloaded(
  name: 'no_nftables' | 'no_locks' | 'no_persist' | 'shifted_clock',
  folder: string,
): string[] {
  const library = join(folder, `${name}.so`);
  const source = join(import.meta.dirname, `${name}.c`);
  execFileSync('c++', ['-x', 'c', '-D_GNU_SOURCE', '-shared', '-fPIC', '-o', library, source]);
  return ['env', `LD_PRELOAD=${library}`];
}
