import { spawn, type ChildProcess } from 'node:child_process';
import type { PendingStop } from './stop-book.ts';

export interface CommandQueueOptions {
  /** Children at one time. */
  readonly maxParallel: number;
  /** Commands that wait while so many children run. */
  readonly maxWaiting: number;
  /** How long a command may run; 0: for ever. */
  readonly limitMs: number;
  /** What children do with their output: the daemon's own streams, or none. */
  readonly output: 'inherit' | 'ignore';
}

/** How a command ended: by its exit status, by a signal, by us; or why there was no process. */
export type CommandEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'signal' }
  | { readonly kind: 'out of time' }
  | { readonly kind: 'no process'; readonly error: Error };

/** A command that waits for its turn. */
export interface QueuedCommand {
  readonly command: string;
  /** What it runs for, if it is a stop command. */
  readonly stop: PendingStop | undefined;
  /** Called when its process is about to be made. */
  readonly begin: () => void;
  readonly end: (end: CommandEnd) => void;
}

/** What is told to end has so long until it is made to. */
const MERCY_MS = 2000;

/**
 * Runs commands as knockd does, `/bin/sh -c` in a session of its own, but never more than so many at a
 * time: thousands of openings that end in the same second wait for each other. Commands start in the
 * order they came, and not before the turn is over, so that what they follow from is told first.
 */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #waiting: QueuedCommand[] = [];
  readonly #children = new Set<ChildProcess>();
  #from = 0;
  #running = 0;
  #isScheduled = false;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
  }

  /** Whether there is no place for one more; stop commands may be added all the same. */
  get isFull(): boolean {
    const { maxParallel, maxWaiting } = this.#options;
    return this.#waiting.length - this.#from + this.#running >= maxParallel + maxWaiting;
  }

  add(command: QueuedCommand): void {
    this.#waiting.push(command);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#next();
    });
  }

  /** Takes away what has not begun. */
  drain(): readonly QueuedCommand[] {
    const left = this.#waiting.slice(this.#from);
    this.#waiting.length = this.#from = 0;
    return left;
  }

  /** Nobody waits for what runs: the process may end before it. */
  letGo(): void {
    for (const child of this.#children) child.unref();
  }

  #next(): void {
    while (this.#running < this.#options.maxParallel && this.#from < this.#waiting.length) {
      this.#run(this.#waiting[this.#from++]!);
    }
    if (this.#from === this.#waiting.length) this.#waiting.length = this.#from = 0;
  }

  #run({ command, begin, end }: QueuedCommand): void {
    this.#running++;
    let isOver = false;
    const finish = (how: CommandEnd): void => {
      if (isOver) return;
      isOver = true;
      this.#running--;
      end(how);
      this.#next();
    };
    begin();
    try {
      const stdio = this.#options.output;
      const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio });
      const limit = limitTime(child, this.#options.limitMs);
      this.#children.add(child);
      child.once('error', (error) => finish({ kind: 'no process', error }));
      child.once('exit', (status) => {
        this.#children.delete(child);
        limit.lift();
        if (limit.isReached()) finish({ kind: 'out of time' });
        else finish(status === null ? { kind: 'signal' } : { kind: 'exit', status });
      });
    } catch (error) {
      finish({ kind: 'no process', error: error as Error }); // E2BIG and its like are thrown at once
    }
  }
}

/**
 * Ends a command that runs for too long, with all that it has started and that is still of its process
 * group: asked first, then made to. What a command that ended in time left running stays.
 */
function limitTime(child: ChildProcess, limitMs: number): { lift(): void; isReached(): boolean } {
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
