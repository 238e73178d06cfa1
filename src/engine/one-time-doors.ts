import type { OneTimeSequences } from '../config/one-time-file.ts';
import type { Door } from '../door/door.ts';
import type { OneTime } from './engine.ts';

export interface OneTimeDoorsParts {
  readonly doors: readonly Door[];
  readonly sequences: OneTimeSequences;
  /** Told of all doors as they are from now on; one has another sequence, or none. */
  readonly replace: (doors: readonly Door[]) => void;
  readonly onNext?: (door: Door) => void;
  readonly onUsedUp?: (door: Door) => void;
}

/** Doors of which some change their sequence at every opening. */
export class OneTimeDoors implements OneTime {
  readonly #parts: OneTimeDoorsParts;
  /** The door as it was configured: grants are kept by it, whatever its sequence is. */
  readonly #origins: Map<Door, Door>;
  #doors: readonly Door[];

  constructor(parts: OneTimeDoorsParts) {
    this.#parts = parts;
    this.#doors = parts.doors;
    this.#origins = new Map(parts.doors.map((door) => [door, door]));
  }

  spend(door: Door): { readonly door: Door } | { readonly refusal: string } {
    const spent = this.#parts.sequences.spend(door);
    if (spent.kind === 'refused') return { refusal: spent.reason };
    const origin = this.#origins.get(door)!;
    const next = spent.next ?? usedUp(door);
    this.#origins.delete(door);
    this.#origins.set(next, origin);
    this.#doors = this.#doors.map((each) => (each === door ? next : each));
    this.#parts.replace(this.#doors);
    if (spent.next === undefined) this.#parts.onUsedUp?.(door);
    else this.#parts.onNext?.(next);
    return { door: origin };
  }
}

/** It keeps its place among the doors, and nobody can knock there. */
function usedUp(door: Door): Door {
  return { ...door, steps: [], shutBecause: 'its one-time sequences are used up' };
}
