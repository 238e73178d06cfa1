/** What a watchdog looks at, and whom it tells. */
export interface WatchdogOptions {
  /** How often the other side wants to hear from us. */
  readonly everyMs: number;
  /** Packets that were taken so far. */
  readonly packets: () => number;
  /** Whether packets lie in the rings that have not been taken. */
  readonly isBehind: () => boolean;
  readonly beat: () => void;
}

/** A frame that came in just now is taken within this time, however busy the loop is. */
const GRACE_MS = 100;

/**
 * Tells that we are alive as long as we are: its timer runs only if the event loop turns, and it is silent
 * while packets lie in the ring and none of them is taken.
 */
export class Watchdog implements Disposable {
  readonly #options: WatchdogOptions;
  readonly #ticks: NodeJS.Timeout;
  #grace: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#ticks = setInterval(() => this.#look(), options.everyMs).unref();
    options.beat();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticks);
    clearTimeout(this.#grace);
  }

  #look(): void {
    const { packets, isBehind, beat, everyMs } = this.#options;
    if (!isBehind()) return beat();
    const before = packets();
    clearTimeout(this.#grace);
    this.#grace = setTimeout(
      () => {
        if (!isBehind() || packets() > before) beat();
      },
      Math.min(GRACE_MS, everyMs / 2),
    ).unref();
  }
}
