import type { SetPlace } from '../../../door/door.ts';
import type { KernelLink } from '../kernel-link.ts';
import type { Key } from '../table.ts';
import { KEYS_FOR, misfitOf, readForm, setText } from './set-form.ts';

/** A set of the administrator's, for sources of a family. */
export interface NamedSet {
  readonly place: SetPlace;
  readonly family: 4 | 6;
}

/** The sets that may hold elements of ours, remembered over the end of a daemon. */
export interface SetMemory {
  read(): readonly NamedSet[];
  write(sets: readonly NamedSet[]): void;
}

/** Of the sets that were in use, those that no door names any more. */
export function leftSets(before: readonly NamedSet[], now: readonly NamedSet[]): NamedSet[] {
  const named = new Set(now.map(nameOf));
  return before.filter((set) => !named.has(nameOf(set)));
}

/**
 * Takes our elements out of a set; how many there were. What others have put into it stays, and so does
 * all of a set that is of another kind by now.
 */
export function leaveSet(link: KernelLink, { place, family }: NamedSet): number {
  const describe = (key: Key): void => link.describeSets([{ ...place, key }], []);
  describe(KEYS_FOR[family][0]);
  const line = link.setForm(0);
  const form = line === undefined ? undefined : readForm(line);
  if (form?.key === undefined || misfitOf(form, place, family) !== undefined) return 0;
  describe(form.key);
  return removeOurs(link);
}

function removeOurs(link: KernelLink): number {
  const { writer } = link;
  const rows = link.readSet(0)?.rows;
  let count = 0;
  writer.clear();
  for (let row = 0; row < (rows?.capacity ?? 0); row++) {
    if (rows!.action[row] !== 1) continue;
    writer.putRemoval(rows!, row);
    count++;
    if (writer.count === writer.capacity) flush();
  }
  flush();
  return count;

  function flush(): void {
    if (writer.count > 0) writer.commit();
    writer.clear();
  }
}

function nameOf({ place, family }: NamedSet): string {
  return `${family} ${setText(place)}`;
}
