import type { Door } from '../../../door/door.ts';
import { grantPrefix } from '../../../door/grant-prefix.ts';
import { samePorts } from '../../../door/ports.ts';
import type { Grant } from '../../firewall.ts';
import type { GrantBook } from '../../grant-book.ts';
import { foundGrants } from '../found-grants.ts';
import type { BorrowedKeeper, FilledSets } from './borrowed-keeper.ts';
import { placeFor } from './borrowed-layout.ts';
import { setText } from './set-form.ts';

/** What is open until a reload, and the sets that hold it. */
export interface Open {
  readonly grants: readonly Grant[];
  readonly sets: FilledSets;
}

/**
 * Enters grants into an empty book: those of before a reload, whether or not their sets are there at the
 * time; after a start, those that the sets hold, by their tags.
 */
export function takeOver(
  keeper: BorrowedKeeper,
  book: GrantBook,
  before: Open | undefined,
  nowMs: number,
): readonly Grant[] {
  keeper.begin(before?.sets);
  const grants =
    before === undefined
      ? readGrants(keeper, nowMs)
      : before.grants.flatMap((grant) => carriedOver(grant, keeper.doors));
  for (const grant of grants) book.adopt(grant);
  return book.grants(nowMs);
}

function readGrants(keeper: BorrowedKeeper, nowMs: number): readonly Grant[] {
  // Elements move while the kernel makes room, and a dump passes over some of those: it is read twice.
  const elements = [...keeper.readSets(), ...keeper.readSets()];
  return foundGrants(elements, keeper.layout, keeper.doors, nowMs);
}

/** A grant for its door as it is now, if that one uses the same set. */
function carriedOver(grant: Grant, doors: readonly Door[]): Grant[] {
  const { door: old, source, prefix, ports } = grant;
  const door = doors.find((each) => each.name === old.name && usesSame(each, old, source.family));
  if (door === undefined || grantPrefix(door, source.family) !== prefix) return [];
  const left = door.open.filter((each) => ports.some((other) => samePorts(each, other)));
  return left.length === 0 ? [] : [{ ...grant, door, ports: left }];
}

function usesSame(one: Door, other: Door, family: 4 | 6): boolean {
  const [a, b] = [placeFor(one, family), placeFor(other, family)];
  return a !== undefined && b !== undefined && setText(a) === setText(b);
}
