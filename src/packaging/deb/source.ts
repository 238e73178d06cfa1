import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the package is made from. */
export interface Source {
  /** The folder of package.json. */
  readonly root: string;
  readonly version: string;
  /** Seconds since the epoch: of the commit, so that the same source yields the same package. */
  readonly epoch: number;
  /** As dpkg calls it. */
  readonly architecture: string;
}

export function readSource(root: string): Source {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Source;
  const named =
    process.env['SOURCE_DATE_EPOCH'] ?? run('git', ['-C', root, 'log', '-1', '--format=%ct']);
  return {
    root,
    version: `${version}-1`,
    epoch: Number(named),
    architecture: run('dpkg', ['--print-architecture']),
  };
}

/** The output of a command. Throws with what it said if it fails. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 1 << 26,
  });
  if (status === 0) return stdout.trim();
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
