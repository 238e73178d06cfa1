import type { Door } from '../../../door/door.ts';
import { samePorts } from '../../../door/ports.ts';
import type { Grant } from '../../firewall.ts';
import type { GrantBook } from '../../grant-book.ts';
import { foundGrants } from '../found-grants.ts';
import type { BorrowedKeeper, FilledSets } from './borrowed-keeper.ts';
import { placeFor } from './borrowed-layout.ts';
import { setText } from './set-form.ts';

/**
 * Enters into an empty book what grants are in the sets, by their tags, and those of before a reload whose
 * set is not there at the time, or has just been made again: they are put back.
 */
export function takeOver(
  keeper: BorrowedKeeper,
  book: GrantBook,
  before: { readonly grants: readonly Grant[]; readonly sets: FilledSets } | undefined,
  nowMs: number,
): readonly Grant[] {
  keeper.begin(before?.sets);
  // Elements move while the kernel makes room, and a dump passes over some of those: it is read twice.
  const elements = [...keeper.readSets(), ...keeper.readSets()];
  const found = foundGrants(elements, keeper.layout, keeper.doors, nowMs);
  const ids = new Set(found.map(({ id }) => id));
  const carried = (before?.grants ?? []).flatMap((grant) =>
    ids.has(grant.id) ? [] : carriedOver(grant, keeper),
  );
  for (const grant of [...found, ...carried]) book.adopt(grant);
  return book.grants(nowMs);
}

/** A grant for the same door as it is now, where it is yet to be put into its set. */
function carriedOver(grant: Grant, keeper: BorrowedKeeper): Grant[] {
  const { door: old, source, ports } = grant;
  const door = keeper.doors.find(
    (each) => each.name === old.name && usesSame(each, old, source.family),
  );
  if (door === undefined || !keeper.isToBeFilled(door, source)) return [];
  const left = door.open.filter((each) => ports.some((other) => samePorts(each, other)));
  return left.length === 0 ? [] : [{ ...grant, door, ports: left }];
}

function usesSame(one: Door, other: Door, family: 4 | 6): boolean {
  const [a, b] = [placeFor(one, family), placeFor(other, family)];
  return a !== undefined && b !== undefined && setText(a) === setText(b);
}
