import type { NftEvents } from './addon.ts';
import { generationAfter } from './generation.ts';

/** From so many elements in a tick on it pays not to listen (bench: firewall, in batches). */
const DENSE_ROWS = 32;
/** What others do meanwhile is heard of so much later. */
const TICK_MS = 20;
/** Where others have a word now and then, each time nobody listened costs a look at all grants. */
const WARY_MS = 10_000;

export interface ListeningOptions {
  readonly events: readonly NftEvents[];
  /** The ruleset's: each transaction of anybody adds one. */
  readonly generation: () => number;
  /** Others changed something while nobody listened; or that may be. */
  readonly onMissed: () => void;
}

/**
 * Listens to what others change. To make news of an element costs the kernel about as much as to add it,
 * so nobody listens while we add a great many; whether others had a word meanwhile, the generation tells.
 *
 *     dense    listens --- generation, leaves ------------------- joins, generation ---
 *     ours     .  .    .   .............................          .     .
 *                                                        a tick
 */
export class Listening implements Disposable {
  readonly #events: readonly NftEvents[];
  readonly #generation: () => number;
  readonly #onMissed: () => void;
  /** Elements of ours since then. */
  #rows = 0;
  #sinceMs = -Infinity;
  /** What the generation is by what we know, while nobody listens. */
  #expected: number | undefined;
  #waryUntilMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor({ events, generation, onMissed }: ListeningOptions) {
    this.#events = events;
    this.#generation = generation;
    this.#onMissed = onMissed;
  }

  /** Carries out a transaction of so many elements, which returns how many were refused. */
  during(rows: number, commit: () => number): number {
    if (this.#expected === undefined && this.#isDense(rows)) this.#leave();
    if (this.#expected === undefined) return commit();
    const refused = commit();
    if (refused === 0) this.#expected = generationAfter(this.#expected);
    return refused;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const each of this.#events) each.close();
  }

  #isDense(rows: number): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#sinceMs > TICK_MS) {
      this.#sinceMs = nowMs;
      this.#rows = 0;
    }
    this.#rows += rows;
    return rows >= DENSE_ROWS || (this.#rows >= DENSE_ROWS && nowMs >= this.#waryUntilMs);
  }

  #leave(): void {
    const generation = this.#generation();
    for (const each of this.#events) each.hear(false);
    this.#expected = generation;
    this.#joinIn(performance.now() < this.#waryUntilMs ? 0 : TICK_MS);
  }

  #joinIn(pauseMs: number): void {
    this.#timer = setTimeout(() => this.#join(), pauseMs).unref();
  }

  #join(): void {
    try {
      for (const each of this.#events) each.hear(true);
    } catch {
      this.#joinIn(TICK_MS);
      return;
    }
    const expected = this.#expected;
    this.#expected = undefined;
    if (this.#isAt(expected)) return;
    this.#waryUntilMs = performance.now() + WARY_MS;
    this.#onMissed();
  }

  #isAt(expected: number | undefined): boolean {
    try {
      return this.#generation() === expected;
    } catch {
      return false;
    }
  }
}
