import { native } from '../native.ts';

/** How the kernel's clocks stand to each other, in microseconds. */
export interface ClockOffsets {
  /** How far the wall clock is ahead of the time since boot: only setting it changes that. */
  readonly wall: number;
  /** The time that was spent in suspend. */
  readonly suspended: number;
}

export function clockOffsets(): ClockOffsets {
  return (native() as unknown as { clockOffsets: () => ClockOffsets }).clockOffsets();
}
