/** So many frames at once may each wake us. */
const BURST = 64;
/** And so many a second for ever; more is a stream, which is cheaper by the clock. */
const WAKES_A_SECOND = 250;
/** A wake costs up to 200 us of a processor whose caches others use: 5 % of it, not 20 (bench/cases/live). */
const POLL_MS = 4;
/** From so many frames in a pause on, it may be twice as long: there the wakes cost as much as the frames. */
const DENSE = 512;
/** But not where that might fill more of a ring than this part. */
const MOST_OF_RING = 1 / 16;

/**
 * How to wait for more frames, as network drivers choose it: while it is quiet, the first frame wakes us,
 * and a knock is seen within 100 us; while frames stream in, they are taken by the clock.
 */
export class Pace {
  /** Frames that may still wake us; under zero, what the stream has overdrawn. */
  #allowance = BURST;
  #atMs = -Infinity;
  readonly #slots: number;

  /** `slots`: of one ring. */
  constructor(slots: number) {
    this.#slots = slots;
  }

  /**
   * After so many frames since the last pause, when none is left: milliseconds to pause, or undefined:
   * until a frame comes.
   */
  after(frames: number, nowMs: number): number | undefined {
    const earned = ((nowMs - this.#atMs) * WAKES_A_SECOND) / 1000;
    this.#allowance = Math.max(-BURST, Math.min(BURST, this.#allowance + earned) - frames);
    this.#atMs = nowMs;
    if (this.#allowance > 0) return undefined;
    const isDense = frames >= DENSE && frames <= this.#slots * MOST_OF_RING;
    return isDense ? 2 * POLL_MS : POLL_MS;
  }
}
