import { spawnSync } from 'node:child_process';

/** What one would use instead of us, for one kind of task: all of them behind one face. */
export interface Rival<Task, Result = number> {
  readonly name: string;
  /** Why it can't be run on this machine; undefined if it can. May build what it needs. */
  readonly whyNot: () => string | undefined;
  /** Does the task in a process of its own; nanoseconds a packet, or what the case says. */
  readonly run: (task: Task) => Result;
}

/** Whether a program can be started here. */
export function isInstalled(path: string, ...args: string[]): boolean {
  return spawnSync(path, args, { stdio: 'ignore' }).error === undefined;
}
