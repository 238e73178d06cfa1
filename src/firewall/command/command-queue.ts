import { spawn } from 'node:child_process';

export interface CommandQueueOptions {
  /** Children at one time. */
  readonly maxParallel: number;
  /** What children do with their output: the daemon's own streams, or none. */
  readonly output: 'inherit' | 'ignore';
}

/** How a command ended: its exit status, 0 if a signal ended it; or why there was no process. */
export type CommandEnd = { readonly status: number } | { readonly error: Error };

/** A command that waits for its turn. */
export interface QueuedCommand {
  readonly command: string;
  /** Called when its process is about to be made. */
  readonly begin: () => void;
  readonly end: (end: CommandEnd) => void;
}

/**
 * Runs commands as knockd does, `/bin/sh -c` in a session of its own, but never more than so many at a
 * time: thousands of openings that end in the same second wait for each other. Commands start in the
 * order they came.
 */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #waiting: QueuedCommand[] = [];
  #from = 0;
  #running = 0;

  constructor(options: CommandQueueOptions) {
    this.#options = options;
  }

  /** Commands that have not begun. */
  get waiting(): number {
    return this.#waiting.length - this.#from;
  }

  get running(): number {
    return this.#running;
  }

  add(command: QueuedCommand): void {
    this.#waiting.push(command);
    this.#next();
  }

  /** Takes away what has not begun. */
  drain(): readonly QueuedCommand[] {
    const left = this.#waiting.slice(this.#from);
    this.#waiting.length = this.#from = 0;
    return left;
  }

  #next(): void {
    while (this.#running < this.#options.maxParallel && this.waiting > 0) {
      const next = this.#waiting[this.#from++]!;
      if (this.waiting === 0) this.#waiting.length = this.#from = 0;
      this.#run(next);
    }
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
