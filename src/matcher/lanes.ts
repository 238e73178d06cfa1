import type { Door } from '../door/door.ts';
import { WAYS } from './attempt-table.ts';
import { stepKey, type PortKey } from './compiled-door.ts';

/** Each packet reads all lanes of its source, so there are not more of them for more doors (bench growth). */
const MANY_LANES = 16;

/**
 * A source's attempts lie in neighbouring buckets, its lanes. While there are few doors, each lane serves
 * only as many as it has ways for: with the default of two attempts two doors a lane, so no attempt of a
 * source pushes out another of its own. Many doors share the lanes, in such a way that those which begin
 * by one packet still don't push each other out. Doors that open at their first knock need none.
 */
export function assignLanes(doors: readonly Door[]): readonly number[] {
  const all = new Packing();
  const plain = doors.map((door) => (lasts(door) ? all.add(door.attemptsPerSource) : 0));
  if (all.lanes <= MANY_LANES) return plain;

  const byFirst = new Map<PortKey, Packing>();
  const places = doors.map((door) => {
    if (!lasts(door)) return 0;
    const first = firstOf(door);
    const packing = byFirst.get(first) ?? new Packing();
    byFirst.set(first, packing);
    return packing.add(door.attemptsPerSource);
  });
  const begins = new Map<PortKey, number>();
  let next = 0;
  for (const [first, packing] of byFirst) {
    begins.set(first, next);
    next += packing.lanes;
  }
  const lanes = Math.max(MANY_LANES, ...[...byFirst.values()].map((packing) => packing.lanes));
  return doors.map((door, at) => {
    return lasts(door) ? (begins.get(firstOf(door))! + places[at]!) % lanes : 0;
  });
}

function firstOf({ steps }: Door): PortKey {
  return stepKey(steps[0]!);
}

function lasts({ steps, shutBecause }: Door): boolean {
  return steps.length > 1 && shutBecause === undefined;
}

/** Fills lanes one after the other, none with more than it has ways. */
class Packing {
  #lane = 0;
  #taken = 0;

  /** How many lanes are begun. */
  get lanes(): number {
    return this.#lane + 1;
  }

  /** The lane of a door that may have so many attempts. */
  add(attempts: number): number {
    if (this.#taken + attempts > WAYS && this.#taken > 0) {
      this.#lane++;
      this.#taken = 0;
    }
    this.#taken += attempts;
    return this.#lane;
  }
}
