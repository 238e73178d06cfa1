export interface SleepWatchOptions {
  /** Time that the machine has slept since it was booted, in microseconds. */
  readonly sleptUs: () => number;
  /** Told of each sleep once it is over. If it throws, it is told again. */
  readonly onWake: (sleptMs: number) => void;
  /** Told why `onWake` threw, the first time. */
  readonly onFailure: (error: Error) => void;
  readonly everyMs?: number;
}

/** Less is not sleep, but the time between two readings of a clock. */
const LEAST_US = 5_000;

/**
 * Notices that the machine has slept (suspend, hibernation). Timers and the kernel's set timeouts stand
 * still meanwhile; nothing tells, so the clocks are compared once a second.
 */
export class SleepWatch implements Disposable {
  readonly #options: SleepWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #knownUs: number;
  #hasFailed = false;

  constructor(options: SleepWatchOptions) {
    this.#options = options;
    this.#knownUs = options.sleptUs();
    this.#timer = setInterval(() => this.#look(), options.everyMs ?? 1000).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { sleptUs, onWake, onFailure } = this.#options;
    const nowUs = sleptUs();
    if (nowUs - this.#knownUs < LEAST_US) return;
    try {
      onWake((nowUs - this.#knownUs) / 1000);
      this.#knownUs = nowUs;
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) onFailure(error as Error);
      this.#hasFailed = true;
    }
  }
}
