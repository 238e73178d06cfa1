import type { Attempts } from './attempts.ts';
import type { PortPlan } from './compile-doors.ts';
import type { Knock } from './knock.ts';

/**
 * What a packet means to knockd 0.8, but for its losing of other people's attempts. While a source has
 * an attempt at any door that the packet's destination belongs to, its packets begin nothing new:
 * each of those attempts ignores it (a TCP packet without the door's flags), advances, or breaks.
 */
export class KnockdRules {
  readonly #attempts: Attempts;

  constructor(attempts: Attempts) {
    this.#attempts = attempts;
  }

  /** A packet that one of the plan's doors looks at. */
  offer({ starts }: PortPlan, knock: Knock): void {
    const attempts = this.#attempts;
    const count = attempts.find(knock);
    let isBlocked = false;
    for (let at = 0; at < count; at++) {
      const slot = attempts.found.slots[at]!;
      const door = attempts.door(slot);
      if (!knock.reaches(door)) continue;
      isBlocked = true;
      if (!knock.hasFlagsOf(door)) continue;
      if (knock.hits(door.steps[attempts.stage(slot)])) attempts.advance(slot, knock);
      else attempts.refuse(slot, knock, 'wrong port');
    }
    if (isBlocked) return;
    for (const door of starts) if (knock.isFor(door)) attempts.start(door, knock);
  }
}
