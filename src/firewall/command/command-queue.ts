import type { BoundedOutput, OpenOutput } from './bounded-output.ts';
import {
  runShell,
  type Command,
  type CommandEnd,
  type CommandOutput,
  type Shell,
} from './shell.ts';
import type { PendingStop } from './stop-book.ts';

/** What the commands that begin from now on are bound by. */
export interface QueueLimits {
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
  #limits: QueueLimits;
  /** Those that commands may still print to. */
  readonly #outputs = new Set<BoundedOutput>();
  readonly #waiting: QueuedCommand[] = [];
  readonly #shells = new Set<Shell>();
  #from = 0;
  #running = 0;
  #isScheduled = false;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
    this.adjust(limits);
  }

  adjust(limits: QueueLimits): void {
    this.#limits = limits;
    if (typeof limits.output !== 'string') this.#outputs.add(limits.output);
    this.#schedule();
  }

  /** Whether there is no place for one more; stop commands may be added all the same. */
  get isFull(): boolean {
    const { maxParallel, maxWaiting } = this.#limits;
    return this.#waiting.length - this.#from + this.#running >= maxParallel + maxWaiting;
  }

  add(command: QueuedCommand): void {
    this.#waiting.push(command);
    this.#schedule();
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
    return [...this.#outputs].flatMap((output) => output.letGo());
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < this.#limits.maxParallel && this.#from < this.#waiting.length) {
      this.#run(this.#waiting[this.#from++]!);
    }
    if (this.#from === this.#waiting.length) this.#waiting.length = this.#from = 0;
  }

  #run({ command, begin, cut, end }: QueuedCommand): void {
    this.#running++;
    begin();
    const { limitMs, output } = this.#limits;
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
