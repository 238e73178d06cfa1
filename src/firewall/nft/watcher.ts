import type { ElementRows } from './element-rows.ts';
import type { KernelLink, News } from './kernel-link.ts';
import type { NftSettings } from './options.ts';

/** Others' changes are answered at most five times a second. */
const LEAST_PAUSE_MS = 200;

/**
 * Waits for news of the ruleset and has the table looked at: at once, but not more than so often. News
 * can be lost, so now and then it is looked at without any.
 */
export class Watcher implements Disposable {
  readonly #told: Told;
  readonly #news: Disposable;
  readonly #interval: NodeJS.Timeout;
  #wanted: NodeJS.Timeout | undefined;
  #lookedMs = -Infinity;
  #isLost = false;

  constructor(
    link: KernelLink,
    settings: Pick<NftSettings, 'receiveBuffer' | 'checkIntervalMs'>,
    told: Told,
    tables?: readonly string[],
  ) {
    this.#told = told;
    this.#news = link.watch(settings.receiveBuffer, (news) => this.#hear(news), tables);
    this.#interval = setInterval(
      () => told.look({ isTold: false, isLost: false }),
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

  #hear({ isLost, elements }: News): void {
    if (elements !== undefined) this.#told.check(elements);
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
    this.#told.look({ isTold: true, isLost });
  }
}

/** Who is told by a watcher. */
export interface Told {
  /** It is time to look at everything. */
  readonly look: (why: Why) => void;
  /** Others have put these elements in or taken them out: told before anything else. */
  readonly check: (elements: ElementRows) => void;
}

/** Why the table is looked at: by the clock, or because somebody changed something. */
export interface Why {
  readonly isTold: boolean;
  readonly isLost: boolean;
}
