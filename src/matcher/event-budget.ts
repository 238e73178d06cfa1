import type { PacketClock } from './packet-clock.ts';

/** Lets so many lines pass a second of packet time and counts the rest, so that no flood writes without bound. */
export class EventBudget {
  /** Lines left out so far. */
  suppressed = 0;
  readonly #perSecond: number;
  readonly #clock: PacketClock;
  #second = Number.NaN;
  #left = 0;

  /** `perSecond` 0: no limit. */
  constructor(perSecond: number, clock: PacketClock) {
    this.#perSecond = perSecond === 0 ? Number.POSITIVE_INFINITY : perSecond;
    this.#clock = clock;
  }

  /** Whether one more line may pass now. */
  take(): boolean {
    if (this.#clock.seconds !== this.#second) {
      this.#second = this.#clock.seconds;
      this.#left = this.#perSecond;
    }
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.suppressed++;
    return false;
  }
}
