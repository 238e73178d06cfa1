import { compileDoors } from '../../src/matcher/compile-doors.ts';
import type { Decision } from '../../src/matcher/decision.ts';
import { Matcher } from '../../src/matcher/matcher.ts';
import { native } from '../../src/native.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import { clockOffsets } from '../../src/source/clock-offsets.ts';
import type { NativeRing, NativeRingOptions } from '../../src/source/native-ring.ts';
import { allocateBatch } from '../../src/tuple/batch.ts';

/** What a drain came to: the rows' times as milliseconds since the epoch, and what was decided. */
export interface ClockedDrain {
  readonly timesMs: readonly number[];
  readonly decisions: readonly string[];
  /** The real wall clock, which nobody has set. */
  readonly nowMs: number;
  readonly shiftUs: number;
}

const batch = allocateBatch(64);
const decisions: Decision[] = [];
let ring: NativeRing;
let matcher: Matcher;

/** A ring and a matcher for these doors; `clockOrigin` default that of now. */
function open(device: string, doors: string, clockOrigin = clockOffsets().wall): void {
  const compiled = compileDoors(parseConfiguration(doors, 'doors').configuration!.doors);
  matcher = new Matcher(compiled);
  const { Ring } = native() as unknown as { Ring: new (options: NativeRingOptions) => NativeRing };
  const { memory, arena, capacity } = batch;
  ring?.close();
  ring = new Ring({
    interface: device,
    index: 0,
    slotBytes: 256,
    slots: 256,
    key: new Uint8Array(16),
    memory,
    arena,
    capacity,
    interest: compiled.interest,
    clockOrigin,
    onReadable: () => {},
  });
}

/** Takes what has come once there are so many rows, in one drain each time. */
async function drain(rows: number): Promise<ClockedDrain> {
  const timesMs: number[] = [];
  for (decisions.length = 0; timesMs.length < rows; await new Promise(setImmediate)) {
    batch.length = ring.drain();
    for (let row = 0; row < batch.length; row++) {
      timesMs.push(batch.seconds[row]! * 1000 + batch.nanoseconds[row]! / 1e6);
    }
    if (batch.length > 0) matcher.match(batch, decisions);
  }
  return {
    timesMs,
    decisions: decisions.map(({ kind, door }) => `${door.name} ${kind}`),
    nowMs: Date.now(),
    shiftUs: ring.wallShift(),
  };
}

/** What the test may call. */
export const calls = {
  open,
  drain,
  offsets: clockOffsets,
  step: (clock: number, stamps: number): void => ring.pretendStep(clock, stamps),
};
