import { native } from '../../native.ts';

export interface Account {
  readonly user: number;
  readonly group: number;
}

/** The addon's part in giving rights away. */
export interface RightsAddon {
  /** Undefined where nobody is called that. */
  findAccount(name: string): Account | undefined;
  /** Whether this process has no rights but those to rings and the table, and can gain none. */
  isNarrowed(): boolean;
  /** Gives all other rights away and becomes that account; `becomeProgram` must follow. */
  narrow(user?: number, group?: number): void;
  /** Puts a program in this one's place, with its environment and these descriptors; returns only by throwing. */
  becomeProgram(path: string, args: readonly string[], descriptors: readonly number[]): never;
  /** Nobody but root looks into this process from here on. */
  forbidDumps(): void;
  /** Two descriptors whose ends are joined. */
  socketPair(): [number, number];
}

export function rightsAddon(): RightsAddon {
  return native() as unknown as RightsAddon;
}
