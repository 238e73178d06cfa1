import type { LogRecord } from './log-record.ts';

/** Stamps of the kernel's and of the wall clock that are further apart belong to another boot. */
const ONE_BOOT_US = 60e6;
/** Live, a line that is older says nothing about when its packet came. */
const OLDEST_US = 60e6;

/** Where the times of a log that is followed come from. */
export interface LiveTime {
  /** What the wall clock would show had nobody set it since the start, in microseconds. */
  nowUs(): number;
  /** How far it has been set ahead since then. */
  shiftUs(): number;
  /** What `nowUs` was when the kernel started. */
  readonly bootUs: number;
}

/**
 * When the packet of a line came. The kernel's own stamp is the best: no clock that is set moves it, and
 * it is finer than a second. The stamp of the log says to which time of day it belongs. In a log that is
 * followed no packet is later than its line; that keeps who writes stamps of the future from moving windows.
 */
export class LogClock {
  readonly #live: LiveTime | undefined;
  /** When the kernel of the last line's stamp started. */
  #bootUs: number | undefined;
  #arrivalUs = Number.NaN;
  #shiftUs = 0;

  /** Undefined: a log that is read as a recording, where stamps are all there is. */
  constructor(live: LiveTime | undefined) {
    this.#live = live;
  }

  /** Lines that come from now on have just arrived. */
  arrive(): void {
    if (this.#live === undefined) return;
    this.#arrivalUs = this.#live.nowUs();
    this.#shiftUs = this.#live.shiftUs();
  }

  /** Puts the packet's time where the source's columns take it from. */
  stamp(record: LogRecord): void {
    const stampedUs = this.#stampedUs(record);
    const us = this.#live === undefined ? stampedUs : this.#plausible(stampedUs);
    record.seconds = Math.floor(us / 1e6);
    record.nanoseconds = Math.round(us - record.seconds * 1e6) * 1000;
  }

  #stampedUs({ wallUs, uptimeUs }: LogRecord): number {
    const steadyUs = wallUs - this.#shiftUs;
    if (Number.isNaN(uptimeUs)) return Number.isNaN(steadyUs) ? 0 : steadyUs;
    if (Number.isNaN(steadyUs)) return uptimeUs + (this.#bootUs ?? this.#live?.bootUs ?? 0);
    const isOther =
      this.#bootUs === undefined || Math.abs(uptimeUs + this.#bootUs - steadyUs) > ONE_BOOT_US;
    if (isOther) this.#bootUs = steadyUs - uptimeUs;
    return uptimeUs + this.#bootUs!;
  }

  #plausible(stampedUs: number): number {
    const isOld = this.#arrivalUs - stampedUs > OLDEST_US;
    return isOld ? this.#arrivalUs : Math.min(stampedUs, this.#arrivalUs);
  }
}
