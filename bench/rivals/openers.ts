import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { program, ROOT, whyNot } from '../programs.ts';
import { isInstalled, type Rival } from './rival.ts';

/** Doors to be opened, in a network namespace made for it. */
export interface OpeningTask {
  readonly netns: string;
  readonly openings: number;
  /** So many in one transaction, or in one file for those who know none. */
  readonly batch: number;
  /** Elements that are in the set before. */
  readonly preload: number;
}

/** Microseconds of an opening. */
export interface Opened {
  readonly usPerOpening: number;
  /** On a processor, in user space and in the kernel, of all processes that it takes. */
  readonly cpuUsPerOpening: number;
  /** What the memory of an opener of ours has grown by. */
  readonly residentBytes?: number;
}

export type Opener = Rival<OpeningTask, Opened>;

/** Whoever opens doors in nftables or iptables. */
export const BARE: Opener = {
  name: 'bare C nfnetlink',
  whyNot: () => whyNot('nfnetlink_bare'),
  run: (task) => inside(task, program('nfnetlink_bare')),
};

export const LIBNFTABLES: Opener = {
  name: 'libnftables in process',
  whyNot: () => whyNot('libnftables_text'),
  run: (task) => inside(task, program('libnftables_text')),
};

export const SPAWNED: readonly Opener[] = [
  { name: 'persistent nft -i', tool: 'nft', kind: 'interactive' },
  { name: 'nft, spawned each time', tool: 'nft', kind: 'nft' },
  { name: 'iptables, spawned each time', tool: 'iptables', kind: 'iptables' },
].map(({ name, tool, kind }) => ({
  name,
  whyNot: () => (isInstalled(tool, '--version') ? undefined : `${tool} is not installed`),
  run: (task: OpeningTask) =>
    inside(task, process.execPath, join(ROOT, 'build/bench/subjects/spawned-openings.js'), kind),
}));

/** Runs `command ... OPENINGS BATCH PRELOAD` in the task's namespace; what it says of an opening. */
export function inside(
  { netns, openings, batch, preload }: OpeningTask,
  command: string,
  ...args: string[]
): Opened {
  const numbers = [openings, batch, preload].map(String);
  const words = ['netns', 'exec', netns, command, ...args, ...numbers];
  const { status, stdout } = spawnSync('ip', words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return JSON.parse(stdout) as Opened;
}
