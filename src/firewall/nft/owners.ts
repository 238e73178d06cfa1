import type { Door } from '../../door/door.ts';
import type { Layout, Target } from './draw-table.ts';
import type { ElementRows } from './element-rows.ts';

/** A door whose grants an element may be. */
export interface Owner {
  readonly door: Door;
  readonly target: Target;
  /** Place of the target among the door's. */
  readonly nth: number;
}

/** Finds the doors whose grants an element may be, by all that it names besides the source. */
export class Owners {
  readonly #owners = new Map<number, Owner[]>();

  constructor({ targets }: Pick<Layout, 'targets'>) {
    for (const [door, { ipv4, ipv6 }] of targets) {
      for (const family of [ipv4, ipv6]) {
        for (const [nth, target] of family.entries()) this.#add({ door, target, nth });
      }
    }
  }

  of({ set, protocol, port }: ElementRows, row: number): readonly Owner[] {
    return this.#owners.get(keyOf(set[row]!, protocol[row]!, port[row]!)) ?? NOBODY;
  }

  #add(owner: Owner): void {
    const { set, protocol, port } = owner.target;
    const key = keyOf(set, protocol, port);
    const known = this.#owners.get(key);
    if (known === undefined) this.#owners.set(key, [owner]);
    else known.push(owner);
  }
}

const NOBODY: readonly Owner[] = [];

function keyOf(set: number, protocol: number, port: number): number {
  return (set << 24) | (protocol << 16) | port;
}
