import type { Attempts } from './attempts.ts';
import type { PortPlan } from './compile-doors.ts';
import type { CompiledDoor } from './compiled-door.ts';
import type { Knock } from './knock.ts';

/**
 * What a packet means for knock sequences. Every door judges it for itself, and a door looks only at
 * packets with its flags, destination and VLAN. At a door where the source has attempts, the first
 * that fits of these holds:
 *
 *   1. held          the source hit a tripwire lately: its first knock is refused, all else ignored
 *   2. waited for    the attempt furthest along that waits for this port advances; the others stay
 *   3. a repeat      of the port that some attempt has just had: ignored
 *   4. a first knock begins a further attempt beside the others, while there is room for one
 *   5. a wrong port  ends all of them (`on_wrong_port = reset`), whichever door lists that port
 *
 * A tripwire ends all of them and begins a hold; a hold under way is not extended.
 */
export class SequenceRules {
  readonly #attempts: Attempts;

  constructor(attempts: Attempts) {
    this.#attempts = attempts;
  }

  /** A packet that one of the plan's doors looks at. */
  offer(plan: PortPlan, knock: Knock): void {
    if (plan.kind === 'tripwire') return this.#tripAll(plan, knock);
    const count = this.#attempts.find(knock);
    if (count > 0) return this.#offerToAll(plan, knock, count);
    const { starts } = plan;
    for (let at = 0; at < starts.length; at++) this.#begin(starts[at]!, knock);
  }

  /** Doors in their order: those where the source has something under way, and those that begin here. */
  #offerToAll({ starts }: PortPlan, knock: Knock, count: number): void {
    const { found } = this.#attempts;
    let next = 0;
    for (let at = 0; at < count;) {
      const index = found.doors[at]!;
      while (next < starts.length && starts[next]!.index < index)
        this.#begin(starts[next++]!, knock);
      if (next < starts.length && starts[next]!.index === index) next++;
      const from = at;
      while (at < count && found.doors[at] === index) at++;
      const to = found.keepStanding(from, at, knock);
      if (to > from) this.#offerTo(this.#attempts.door(found.slots[from]!), knock, from, to);
    }
    while (next < starts.length) this.#begin(starts[next++]!, knock);
  }

  #begin(door: CompiledDoor, knock: Knock): void {
    if (knock.isFor(door)) this.#attempts.start(door, knock);
  }

  #offerTo(door: CompiledDoor, knock: Knock, from: number, to: number): void {
    if (!knock.isFor(door)) return;
    const attempts = this.#attempts;
    const { slots } = attempts.found;
    const isFirst = knock.hits(door.steps[0]);
    if (attempts.stage(slots[from]!) === 0) {
      if (isFirst) attempts.refuseStart(door, knock);
      return;
    }
    let isRepeat = false;
    for (let at = from; at < to; at++) {
      const stage = attempts.stage(slots[at]!);
      if (knock.hits(door.steps[stage])) return attempts.advance(slots[at]!, knock);
      if (knock.hits(door.steps[stage - 1])) isRepeat = true;
    }
    if (isRepeat && door.ignoresRepeats) return;
    if (isFirst && to - from < door.attemptsPerSource) return attempts.start(door, knock);
    if (door.resets) this.#endAll(knock, from, to, 'wrong port');
  }

  #tripAll({ doors }: PortPlan, knock: Knock): void {
    for (const door of doors) if (knock.isFor(door)) this.#trip(door, knock);
  }

  #trip(door: CompiledDoor, knock: Knock): void {
    const count = this.#attempts.findAt(knock, door);
    if (count > 0 && this.#attempts.stage(this.#attempts.found.slots[0]!) === 0) return;
    this.#endAll(knock, 0, count, 'tripwire');
    this.#attempts.hold(door, knock);
  }

  #endAll(knock: Knock, from: number, to: number, reason: 'wrong port' | 'tripwire'): void {
    for (let at = from; at < to; at++) {
      this.#attempts.refuse(this.#attempts.found.slots[at]!, knock, reason);
    }
  }
}
