import { hasNative } from '../native.ts';
import { clockOffsets } from './clock-offsets.ts';

/**
 * The wall clock as it would be had nobody set it since the start. Rings stamp packets by such a clock;
 * whatever stands beside them must go by it as well.
 */
export class SteadyClock {
  readonly #originUs: number;
  /** When the kernel's own stamps were 0, in microseconds. */
  readonly bootUs: number;

  constructor() {
    const { wall, suspended } = offsets();
    this.#originUs = wall;
    // The kernel stamps by a clock that stands still while the machine sleeps.
    this.bootUs = wall + suspended;
  }

  nowUs(): number {
    return Date.now() * 1000 - this.shiftUs();
  }

  /** How far the wall clock has been set ahead since the start. */
  shiftUs(): number {
    return offsets().wall - this.#originUs;
  }
}

/** Without the addon nothing is known of steps, and none is assumed. */
function offsets(): { readonly wall: number; readonly suspended: number } {
  return hasNative() ? clockOffsets() : { wall: 0, suspended: 0 };
}
