import type { Interest } from '../matcher/interest.ts';
import type { NativeRing } from './native-ring.ts';

/** All rings get another interest, or none: those that took it get theirs back before the error passes on. */
export function exchangeInterest(
  rings: readonly Pick<NativeRing, 'setInterest'>[],
  before: Interest,
  now: Interest,
): void {
  const changed: Pick<NativeRing, 'setInterest'>[] = [];
  try {
    for (const ring of rings) {
      ring.setInterest(now);
      changed.push(ring);
    }
  } catch (error) {
    for (const ring of changed) ring.setInterest(before);
    throw error;
  }
}
