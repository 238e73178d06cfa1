import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { BoundedOutput, CommandStreams } from './bounded-output.ts';

/** What commands do with their output: they have the daemon's own streams, or none, or so much of them. */
export type CommandOutput = 'inherit' | 'ignore' | BoundedOutput;

export interface ShellOptions {
  /** How long it may run; 0: for ever. */
  readonly limitMs: number;
  readonly output: CommandOutput;
  /** Told when more is printed than may be. */
  readonly onCut: () => void;
}

/** A text is for the shell; a list is a program and its arguments. */
export type Command = string | readonly [string, ...string[]];

/** A command as people read it. */
export function commandLine(command: Command): string {
  return typeof command === 'string' ? command : command.join(' ');
}

/** How a command ended: by its exit status, by a signal, by us; or why there was no process. */
export type CommandEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'signal' }
  | { readonly kind: 'out of time' }
  | { readonly kind: 'no process'; readonly error: Error };

/** A command that runs. */
export interface Shell {
  readonly ended: Promise<CommandEnd>;
  /** Nobody waits for it: this process may end before it. */
  letGo(): void;
}

/** What is told to end has so long until it is made to. */
const MERCY_MS = 2000;

/** Runs a command as knockd does, `/bin/sh -c` in a session of its own; or a program with its arguments, without a shell. */
export function runShell(command: Command, options: ShellOptions): Shell {
  const { limitMs } = options;
  const streams = streamsOf(options);
  try {
    const { stdio } = streams;
    const [program, ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command;
    const child = spawn(program, args, { detached: true, stdio });
    const ended = endOf(child, limitTime(child, limitMs)).then(async (end) => {
      await streams.drained?.();
      return end;
    });
    return { ended, letGo: () => child.unref() };
  } catch (error) {
    // E2BIG and its like are thrown at once.
    return { ended: Promise.resolve(noProcess(error as Error)), letGo() {} };
  } finally {
    streams.begun?.();
  }
}

/** Where no pipe can be had, a command had better run with our streams than not at all. */
function streamsOf({
  output,
  onCut,
}: ShellOptions): Partial<CommandStreams> & { stdio: StdioOptions } {
  if (typeof output === 'string') return { stdio: output };
  try {
    const streams = output.begin(onCut);
    return { ...streams, stdio: ['inherit', ...streams.descriptors] };
  } catch {
    return { stdio: 'inherit' };
  }
}

function endOf(child: ChildProcess, limit: TimeLimit): Promise<CommandEnd> {
  return new Promise((end) => {
    child.once('error', (error) => end(noProcess(error)));
    child.once('exit', (status) => {
      limit.lift();
      if (limit.isReached()) end({ kind: 'out of time' });
      else end(status === null ? { kind: 'signal' } : { kind: 'exit', status });
    });
  });
}

function noProcess(error: Error): CommandEnd {
  return { kind: 'no process', error };
}

interface TimeLimit {
  lift(): void;
  isReached(): boolean;
}

/**
 * Ends a command that runs for too long, with all that it has started and that is still of its process
 * group: asked first, then made to. What a command that ended in time left running stays.
 */
function limitTime(child: ChildProcess, limitMs: number): TimeLimit {
  if (limitMs === 0 || child.pid === undefined) return { lift() {}, isReached: () => false };
  const group = -child.pid;
  let isReached = false;
  let timer = setTimeout(() => {
    isReached = true;
    signal(group, 'SIGTERM');
    timer = setTimeout(() => signal(group, 'SIGKILL'), MERCY_MS);
  }, limitMs);
  const lift = (): void => {
    if (!isReached) clearTimeout(timer); // else its children still have theirs coming
  };
  return { lift, isReached: () => isReached };
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(group, name);
  } catch {
    // ESRCH: all of the group have ended.
  }
}
