import type { PendingStop } from './stop-book.ts';

/** Node's timers hold 31 bits of milliseconds. */
const MAX_TIMER_MS = 0x7fff_ffff;
/** A stop that waits for the end of a grant is told of it; where nobody tells, it runs a little later. */
const GRACE_MS = 1000;

interface Waiting {
  readonly stop: PendingStop;
  readonly after: () => void;
  /** By the monotonic clock: a step of the wall clock moves no stop. */
  readonly untilMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** Stop commands whose time has not come. */
export class StopTimers {
  readonly #due: (stop: PendingStop, after: () => void) => void;
  readonly #waiting = new Map<string, Waiting>();

  /** `due` is told of each stop at its time. */
  constructor(due: (stop: PendingStop, after: () => void) => void) {
    this.#due = due;
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(id: string): boolean {
    return this.#waiting.has(id);
  }

  /** A stop that is known already gets the new time. */
  add(stop: PendingStop, after: () => void): void {
    this.delete(stop.id);
    const leftMs = stop.dueAtMs - Date.now() + (stop.grant === undefined ? 0 : GRACE_MS);
    const waiting: Waiting = { stop, after, untilMs: performance.now() + leftMs, timer: undefined };
    this.#waiting.set(stop.id, waiting);
    this.#arm(waiting);
  }

  delete(id: string): void {
    clearTimeout(this.#waiting.get(id)?.timer);
    this.#waiting.delete(id);
  }

  /** Forgets all of them, which are returned in the order of their times. */
  clear(): PendingStop[] {
    const stops = [...this.#waiting.values()].map(({ stop }) => stop);
    for (const { id } of stops) this.delete(id);
    return stops.sort((a, b) => a.dueAtMs - b.dueAtMs);
  }

  #arm(waiting: Waiting): void {
    const leftMs = Math.max(0, waiting.untilMs - performance.now());
    waiting.timer = setTimeout(
      () => {
        if (leftMs > MAX_TIMER_MS) return this.#arm(waiting);
        this.#waiting.delete(waiting.stop.id);
        this.#due(waiting.stop, waiting.after);
      },
      Math.min(leftMs, MAX_TIMER_MS),
    );
  }
}
