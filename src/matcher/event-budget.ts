import type { PacketClock } from './packet-clock.ts';

/** In a second after one that had more to say than its lines, a twentieth of them pass: a flood has been told of. */
const QUIETER = 20;

/** Lets so many lines pass a second of packet time and counts the rest, so that no flood writes without bound. */
export class EventBudget {
  /** Lines left out so far. */
  suppressed = 0;
  readonly #perSecond: number;
  readonly #clock: PacketClock;
  #second = Number.NaN;
  #asked = 0;
  #left = 0;

  /** `perSecond` 0: no limit. */
  constructor(perSecond: number, clock: PacketClock) {
    this.#perSecond = perSecond === 0 ? Number.POSITIVE_INFINITY : perSecond;
    this.#clock = clock;
  }

  /** Whether one more line may pass now. */
  take(): boolean {
    if (this.#clock.seconds !== this.#second) this.#begin(this.#clock.seconds);
    this.#asked++;
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.suppressed++;
    return false;
  }

  #begin(second: number): void {
    const isFlood = second - this.#second === 1 && this.#asked > this.#perSecond;
    this.#left = isFlood ? Math.ceil(this.#perSecond / QUIETER) : this.#perSecond;
    this.#second = second;
    this.#asked = 0;
  }
}
