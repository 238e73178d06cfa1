import { KNOCK } from './firewall.ts';

/** Who gave a grant where a door cuts sessions that were there before it. */
export const FIRST_START = 'first start';

/** Somebody whose name the number below has no room for. */
const SOMEBODY = 'somebody';

const FIRST_UID = 3;
const NUMBERS: readonly string[] = [KNOCK, FIRST_START, SOMEBODY];
const MOST = 0xffff_ffff;

/** The giver of a grant as a number, for the tag of its elements: the next daemon reads it there. */
export function giverNumber(by: string): number {
  const known = NUMBERS.indexOf(by);
  if (known >= 0) return known;
  const number = FIRST_UID + Number(/^uid (\d+)$/.exec(by)?.[1] ?? Infinity);
  return number <= MOST ? number : NUMBERS.indexOf(SOMEBODY);
}

export function giverOf(number: number): string {
  return NUMBERS[number] ?? `uid ${number - FIRST_UID}`;
}
