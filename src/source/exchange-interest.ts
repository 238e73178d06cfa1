import type { Interest } from '../matcher/interest.ts';

interface Interested {
  setInterest(interest: Interest): void;
}

/** All get another interest, or none: those that took it get theirs back before the error passes on. */
export function exchangeInterest(
  rings: readonly Interested[],
  before: Interest,
  now: Interest,
): void {
  const changed: Interested[] = [];
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
