import { WAYS } from '../../matcher/attempt-table.ts';
import type { MatcherOptions } from '../../matcher/matcher.ts';

/** Slots of all rings of an interface. */
const SLOTS = 65_536;
const LEAST_SLOTS = 4096;

/** One worker's part of limits that are meant for all: what is configured is what all take together. */
export function shareOf(
  { maxAttempts = 1 << 20, eventLinesPerSecond = 0, ...rest }: Omit<MatcherOptions, 'memory'>,
  workers: number,
): { readonly matcher: Omit<MatcherOptions, 'memory'>; readonly slots: number } {
  return {
    matcher: {
      ...rest,
      maxAttempts: Math.max(WAYS, powerOfTwoUpTo(maxAttempts / workers)),
      // 0 is no limit.
      eventLinesPerSecond: Math.min(
        eventLinesPerSecond,
        Math.max(1, Math.floor(eventLinesPerSecond / workers)),
      ),
    },
    slots: Math.max(LEAST_SLOTS, powerOfTwoUpTo(SLOTS / workers)),
  };
}

function powerOfTwoUpTo(most: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, most)));
}
