import type { Door } from '../door/door.ts';
import { grantPrefix } from '../door/grant-prefix.ts';
import { formatAddress, maskAddress, type Address } from '../tuple/address.ts';
import { longestPrefix, type Network } from '../tuple/network.ts';
import { ControlError } from './control-error.ts';

/** The widest networks that may be let in by hand. */
const WIDEST = { 4: 24, 6: 56 } as const;
/** And no more grants than so many at once, as a power of two. */
const MOST_BITS = 8;

/** The sources that a network consists of, each of which takes a grant of its own at this door. */
export function sourcesOf({ address, prefix }: Network, door: Door): Address[] {
  const { family } = address;
  const unit = grantPrefix(door, family);
  checkTarget(address, door);
  if (prefix < WIDEST[family]) {
    throw refused(`/${prefix} is too wide: at most /${WIDEST[family]} may be let in`);
  }
  const bits = Math.max(0, unit - prefix);
  if (bits > MOST_BITS) {
    const why = `door ${door.name} lets in networks of /${unit}, and /${prefix} is too many of them`;
    throw refused(
      unit === longestPrefix(family)
        ? why.replace(`networks of /${unit}`, 'addresses one by one')
        : why,
    );
  }
  const first = maskAddress(address, Math.min(prefix, unit));
  if (first.words.every((word, at) => word === (at === 2 && family === 4 ? 0xffff : 0))) {
    throw refused(`nobody has the address ${formatAddress(first)}`);
  }
  return Array.from({ length: 1 << bits }, (_, nth) => offset(first, nth, unit));
}

/** The nth network of a length, counted from one. */
function offset({ family, words }: Address, nth: number, unit: number): Address {
  const shift = BigInt(longestPrefix(family) - unit);
  const value =
    words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n) + (BigInt(nth) << shift);
  const word = (at: number): number => Number((value >> BigInt(32 * (3 - at))) & 0xffff_ffffn);
  return { family, words: [word(0), word(1), word(2), word(3)] };
}

function checkTarget({ family }: Address, { name, target }: Door): void {
  if (target === undefined || target.family === family) return;
  throw refused(`door ${name} is for IPv${target.family} alone`);
}

function refused(message: string): ControlError {
  return new ControlError('REFUSED', message);
}
