import { Tuple, type Frame } from '../fallback/frame.ts';
import type { LineCounters } from '../source.ts';

const NO_BYTES = new DataView(new ArrayBuffer(0));

/** What became of a line. */
export type LineEnd = Exclude<keyof LineCounters, 'lines' | 'tooLong'>;

/** A line that was read, as a frame that was parsed; one object, filled anew for each line. */
export class LogRecord implements Frame {
  readonly bytes: DataView = NO_BYTES;
  readonly linkType = 0;
  readonly interface = 0;
  readonly tuple: Tuple = new Tuple();
  originalLength = 0;
  seconds = 0;
  nanoseconds = 0;
  /** What the wall clock showed, in microseconds; NaN: the line does not say. */
  wallUs: number = Number.NaN;
  /** The kernel's own stamp, in microseconds since boot; NaN: the line does not say. */
  uptimeUs: number = Number.NaN;

  clear(): void {
    this.tuple.clear();
    this.originalLength = 0;
    this.wallUs = this.uptimeUs = Number.NaN;
  }
}
