import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './programs.ts';

const MATCHING = join(ROOT, 'build/bench/subjects/matching.js');

/** What `subjects/matching` says of a tuple. */
export function matchingNs(...args: string[]): number {
  return nsPerTuple(process.execPath, MATCHING, ...args);
}

/** What a command says of a tuple: each run is a process of its own. */
export function nsPerTuple(command: string, ...args: string[]): number {
  const text = execFileSync(command, args, { encoding: 'utf8' });
  return (JSON.parse(text) as { nsPerTuple: number }).nsPerTuple;
}
