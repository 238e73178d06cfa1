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

  get latest(): number {
    return this.#latest;
  }

  door(generation: number, place: number): Door | undefined {
    return this.#doors.get(generation)?.[place];
  }

  /** Other doors: what was decided on one that is as it was counts for that one, else for none. */
  replace(doors: readonly Door[]): number {
    for (const [generation, before] of this.#doors) {
      this.#doors.set(
        generation,
        before.map((old) => old && doors.find((door) => isDeepStrictEqual(door, old))),
      );
    }
    return this.#add(doors);
  }

  /** The same doors, but some with another sequence: whoever knocked the one of before is told that it is used. */
  exchange(doors: readonly Door[]): number {
    return this.#add(doors);
  }

  /** No decision is under way that is older. */
  forgetBefore(generation: number): void {
    for (const known of this.#doors.keys()) if (known < generation) this.#doors.delete(known);
  }

  #add(doors: readonly Door[]): number {
    this.#doors.set(++this.#latest, doors);
    return this.#latest;
  }
}
