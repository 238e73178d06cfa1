import { spawn } from 'node:child_process';

export interface CommandQueueOptions {
  /** Children at one time. */
  readonly maxParallel: number;
  /** Commands that wait while so many children run. */
  readonly maxWaiting: number;
  /** What children do with their output: the daemon's own streams, or none. */
  readonly output: 'inherit' | 'ignore';
}

/** How a command ended: its exit status, 0 if a signal ended it; or why there was no process. */
export type CommandEnd = { readonly status: number } | { readonly error: Error };

/** A command that waits for its turn. */
export interface QueuedCommand {
  readonly command: string;
  /** Whether somebody must run it even if the queue is drained: what was opened has to be shut. */
  readonly isStop: boolean;
  /** Called when its process is about to be made. */
  readonly begin: () => void;
  readonly end: (end: CommandEnd) => void;
}

/**
 * Runs commands as knockd does, `/bin/sh -c` in a session of its own, but never more than so many at a
 * time: thousands of openings that end in the same second wait for each other. Commands start in the
 * order they came, and not before the turn is over, so that what they follow from is told first.
 */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #waiting: QueuedCommand[] = [];
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
      child.once('error', (error) => finish({ error }));
      child.once('exit', (status) => finish({ status: status ?? 0 }));
    } catch (error) {
      finish({ error: error as Error }); // E2BIG and its like are thrown at once
    }
  }
}
