import { isDeepStrictEqual } from 'node:util';
import type { Door } from '../../door/door.ts';

/**
 * Which doors workers mean by a door's place: those in force, and those of before, since decisions about
 * them may still be under way when others come in force.
 */
export class Generations {
  /** By generation and place; undefined: that door is no more. */
  readonly #doors = new Map<number, readonly (Door | undefined)[]>();
  #latest = 0;

  constructor(doors: readonly Door[]) {
    this.#doors.set(0, doors);
  }

  /** A number for doors that are to come in force; no others get it meanwhile. */
  reserve(): number {
    return ++this.#latest;
  }

  door(generation: number, place: number): Door | undefined {
    return this.#doors.get(generation)?.[place];
  }

  /** Other doors: what was decided on one that is as it was counts for that one, else for none. */
  replace(generation: number, doors: readonly Door[]): void {
    for (const [known, before] of this.#doors) {
      this.#doors.set(
        known,
        before.map((old) => old && doors.find((door) => isDeepStrictEqual(door, old))),
      );
    }
    this.#doors.set(generation, doors);
  }

  /** The same doors, but some with another sequence: whoever knocked the one of before is told that it is used. */
  exchange(generation: number, doors: readonly Door[]): void {
    this.#doors.set(generation, doors);
  }

  /** No decision is under way that is older. */
  forgetBefore(generation: number): void {
    for (const known of this.#doors.keys()) if (known < generation) this.#doors.delete(known);
  }
}
