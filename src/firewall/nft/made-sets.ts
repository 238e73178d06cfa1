import type { TableState } from './table-state.ts';

/** The sets that grants lie in, as we made them: a set of the same name may be another one by now. */
export class MadeSets {
  #handles: ReadonlyMap<string, string | undefined> = new Map();

  /** They have just been made. */
  remember(names: readonly string[], state: TableState | undefined): void {
    this.#handles = new Map(names.map((name) => [name, state?.setHandle(name)]));
  }

  isIntact(name: string, state: TableState | undefined): boolean {
    const handle = state?.setHandle(name);
    return handle !== undefined && handle === this.#handles.get(name);
  }
}
