import type { OpenOutput } from './bounded-output.ts';
import {
  runShell,
  type Command,
  type CommandEnd,
  type CommandOutput,
  type Shell,
} from './shell.ts';
import type { PendingStop } from './stop-book.ts';

export interface CommandQueueOptions {
  /** Children at one time. */
  readonly maxParallel: number;
  /** Commands that wait while so many children run. */
  readonly maxWaiting: number;
  /** How long a command may run; 0: for ever. */
  readonly limitMs: number;
  readonly output: CommandOutput;
}

/** A command that waits for its turn. */
export interface QueuedCommand {
  readonly command: Command;
  /** What it runs for, if it is a stop command. */
  readonly stop: PendingStop | undefined;
  /** Called when its process is about to be made. */
  readonly begin: () => void;
  /** Called when it prints more than it may. */
  readonly cut: () => void;
  readonly end: (end: CommandEnd) => void;
}

/**
 * Runs commands, but never more than so many at a time: thousands of openings that end in the same
 * second wait for each other. Commands start in the order they came, and not before the turn is over, so
 * that what they follow from is told first.
 */
export class CommandQueue {
  readonly #options: CommandQueueOptions;
  readonly #waiting: QueuedCommand[] = [];
  readonly #shells = new Set<Shell>();
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

  /** Nobody waits for what runs: the process may end before it. Where that still prints to. */
  letGo(): readonly OpenOutput[] {
    for (const shell of this.#shells) shell.letGo();
    const { output } = this.#options;
    return typeof output === 'string' ? [] : output.letGo();
  }

  #next(): void {
    while (this.#running < this.#options.maxParallel && this.#from < this.#waiting.length) {
      this.#run(this.#waiting[this.#from++]!);
    }
    if (this.#from === this.#waiting.length) this.#waiting.length = this.#from = 0;
  }

  #run({ command, begin, cut, end }: QueuedCommand): void {
    this.#running++;
    begin();
    const { limitMs, output } = this.#options;
    const shell = runShell(command, { limitMs, output, onCut: cut });
    this.#shells.add(shell);
    void shell.ended.then((how) => {
      this.#shells.delete(shell);
      this.#running--;
      end(how);
      this.#next();
    });
  }
}
