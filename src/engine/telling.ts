import type { Event } from '../report/event.ts';

/** A client's knocks come within this time of each other, and a line says when it was, not when it was written. */
const LATER_MS = 10;
/** More than that do not wait. */
const MOST_WAITING = 256;

/**
 * Tells of events, all in their order. A line takes longer than a knock: lines that tell of no opening
 * wait, lest they stand between the last packet of a knock and its door (bench/cases/latency).
 */
export class Telling {
  readonly #tell: (event: Event) => void;
  #waiting: (() => Event)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (event: Event) => void) {
    this.#tell = tell;
  }

  /** At once, behind what waits. */
  now(event: Event): void {
    this.flush();
    this.#tell(event);
  }

  /** When there is time. */
  later(event: () => Event): void {
    this.#waiting.push(event);
    if (this.#waiting.length >= MOST_WAITING) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), LATER_MS);
  }

  flush(): void {
    if (this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) this.#tell(event());
  }
}
