/** So many frames at once may each wake us. */
const BURST = 64;
/** And so many a second for ever; more is a stream, which is cheaper by the clock. */
const WAKES_A_SECOND = 250;
/** A wake costs up to 100 us of a processor whose caches others use: 2.5 % of it, not 10 (bench/cases/live). */
const POLL_MS = 4;

/**
 * How to wait for more frames, as network drivers choose it: while it is quiet, the first frame wakes us,
 * and a knock is seen within 100 us; while frames stream in, they are taken by the clock.
 */
export class Pace {
  /** Frames that may still wake us; under zero, what the stream has overdrawn. */
  #allowance = BURST;
  #atMs = -Infinity;

  /** After a drain that took all there was: milliseconds to pause, or undefined: until a frame comes. */
  after(frames: number, nowMs: number): number | undefined {
    const earned = ((nowMs - this.#atMs) * WAKES_A_SECOND) / 1000;
    this.#allowance = Math.max(-BURST, Math.min(BURST, this.#allowance + earned) - frames);
    this.#atMs = nowMs;
    return this.#allowance > 0 ? undefined : POLL_MS;
  }
}
