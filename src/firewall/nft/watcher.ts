import type { KernelLink, News } from './kernel-link.ts';
import type { NftSettings } from './options.ts';

/** Others' changes are answered at most five times a second. */
const LEAST_PAUSE_MS = 200;

/**
 * Waits for news of the ruleset and has the table looked at: at once, but not more than so often. News
 * can be lost, so now and then it is looked at without any.
 */
export class Watcher implements Disposable {
  readonly #look: (why: Why) => void;
  readonly #news: Disposable;
  readonly #interval: NodeJS.Timeout;
  #wanted: NodeJS.Timeout | undefined;
  #lookedMs = -Infinity;
  #isLost = false;

  constructor(
    link: KernelLink,
    settings: Pick<NftSettings, 'receiveBuffer' | 'checkIntervalMs'>,
    look: (why: Why) => void,
    tables?: readonly string[],
  ) {
    this.#look = look;
    this.#news = link.watch(settings.receiveBuffer, (news) => this.#hear(news), tables);
    this.#interval = setInterval(
      () => look({ isTold: false, isLost: false }),
      settings.checkIntervalMs,
    );
    this.#interval.unref();
  }

  /** Has it looked at again, as soon as that may be. */
  again(): void {
    this.#want();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#wanted);
    clearInterval(this.#interval);
    this.#news[Symbol.dispose]();
  }

  #hear({ isLost }: News): void {
    this.#isLost ||= isLost;
    this.#want();
  }

  #want(): void {
    if (this.#wanted !== undefined) return;
    const pauseMs = this.#lookedMs + LEAST_PAUSE_MS - performance.now();
    if (pauseMs <= 0) this.#lookNow();
    else this.#wanted = setTimeout(() => this.#lookNow(), Math.ceil(pauseMs)).unref();
  }

  #lookNow(): void {
    this.#wanted = undefined;
    this.#lookedMs = performance.now();
    const isLost = this.#isLost;
    this.#isLost = false;
    this.#look({ isTold: true, isLost });
  }
}

/** Why the table is looked at: by the clock, or because somebody changed something. */
export interface Why {
  readonly isTold: boolean;
  readonly isLost: boolean;
}
