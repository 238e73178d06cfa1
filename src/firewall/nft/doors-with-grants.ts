import type { Door } from '../../door/door.ts';
import type { GrantBook } from '../grant-book.ts';

/** Doors of before that are no more by their names, for as long as they have grants that may outlive them. */
export function doorsWithGrants(
  before: readonly Door[],
  now: readonly Door[],
  book: GrantBook,
  nowMs: number,
): Door[] {
  const names = new Set(now.map(({ name }) => name));
  const open = new Set(Array.from(book.openAt(nowMs), (slot) => book.doorAt(slot)));
  return before.filter((door) => open.has(door) && !names.has(door.name));
}
