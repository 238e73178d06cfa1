import { codecsOf } from '../../codec/codecs.ts';
import type { Door } from '../../door/door.ts';
import { compileDoors, type CompiledDoors } from '../../matcher/compile-doors.ts';
import type { CodecOf } from '../../matcher/encoded/codec.ts';
import type { PlainDoors } from './messages.ts';
import type { UsedNumbers } from './used-numbers.ts';

/** Doors in a worker: compiled anew there, since what they are compiled to is not plain. */
export class WorkerDoors {
  readonly generation: number;
  readonly compiled: CompiledDoors;
  /** The place of each among all, which decisions say in its stead. */
  readonly doorAt: ReadonlyMap<Door, number>;
  readonly #doors: readonly Door[];
  readonly #codecOf: CodecOf;

  private constructor({ doors, rules, generation }: PlainDoors, codecOf: CodecOf) {
    this.generation = generation;
    this.compiled = compileDoors(doors, { ...rules, codecOf });
    this.doorAt = new Map(doors.map((door, at) => [door, at]));
    this.#doors = doors;
    this.#codecOf = codecOf;
  }

  /** Reads the keys of encoded doors, as the main thread has: throws where one can't be read. */
  static from(plain: PlainDoors, used: UsedNumbers, wallShiftSeconds: () => number): WorkerDoors {
    return new WorkerDoors(plain, codecsOf(plain.doors, used, wallShiftSeconds));
  }

  /** The same doors in their places, but for the sequences of some: their codecs go on. */
  exchanged(plain: PlainDoors): WorkerDoors {
    const doors = plain.doors.map((door, at): Door => {
      const encoded = this.#doors[at]?.encoded;
      return encoded === undefined ? door : { ...door, encoded };
    });
    return new WorkerDoors({ ...plain, doors }, this.#codecOf);
  }
}
