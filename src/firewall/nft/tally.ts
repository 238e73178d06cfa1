/** What is said again and again while somebody keeps changing the ruleset. */
export interface Countable {
  readonly kind: string;
  readonly count: number;
}

const INTERVAL_MS = 1000;

/**
 * Passes things on, at most one of each kind a second: the first at once, those that follow as one, with
 * the sum of their counts.
 */
export class Tally<T extends Countable> {
  readonly #tell: (thing: T) => void;
  readonly #held = new Map<string, T | undefined>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(tell: (thing: T) => void) {
    this.#tell = tell;
  }

  add(thing: T): void {
    const { kind } = thing;
    if (!this.#timers.has(kind)) {
      this.#tell(thing);
      this.#wait(kind);
      return;
    }
    const held = this.#held.get(kind);
    this.#held.set(kind, { ...thing, count: thing.count + (held?.count ?? 0) });
  }

  /** Passes on what is held back. */
  flush(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    for (const kind of [...this.#held.keys()]) this.#release(kind);
  }

  #wait(kind: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(kind);
      if (this.#release(kind)) this.#wait(kind);
    }, INTERVAL_MS);
    this.#timers.set(kind, timer.unref());
  }

  #release(kind: string): boolean {
    const held = this.#held.get(kind);
    this.#held.delete(kind);
    if (held !== undefined) this.#tell(held);
    return held !== undefined;
  }
}
