import type { Network } from '../../tuple/network.ts';
import { formatAddress, maskAddress, type Address } from '../../tuple/address.ts';

/** Addresses from the first to the last, both of one family. */
export interface AddressRange {
  readonly first: Address;
  readonly last: Address;
}

/** Networks of one family as rising ranges that do not touch: interval sets refuse what overlaps. */
export function mergeNetworks(networks: readonly Network[], family: 4 | 6): AddressRange[] {
  const ranges = networks
    .filter(({ address }) => address.family === family)
    .map(({ address, prefix }) => rangeOf(address, prefix))
    .sort((a, b) => compare(a.first, b.first));
  const merged: AddressRange[] = [];
  for (const range of ranges) {
    const before = merged.at(-1);
    const follows = before === undefined ? undefined : after(before.last);
    if (before === undefined || (follows !== undefined && compare(range.first, follows) > 0)) {
      merged.push(range);
    } else if (compare(range.last, before.last) > 0) {
      merged[merged.length - 1] = { first: before.first, last: range.last };
    }
  }
  return merged;
}

/** The address behind this one; undefined behind the last. */
export function after({ family, words }: Address): Address | undefined {
  const next = [...words] as [number, number, number, number];
  const first = family === 4 ? 3 : 0;
  for (let at = 3; at >= first; at--) {
    next[at] = (next[at]! + 1) >>> 0;
    if (next[at] !== 0) return { family, words: next };
  }
  return undefined;
}

/** As nft writes it: an address, a network, or two addresses. */
export function formatRange({ first, last }: AddressRange): string {
  if (compare(first, last) === 0) return formatAddress(first);
  for (let prefix = first.family === 4 ? 32 : 128; prefix >= 0; prefix--) {
    const range = rangeOf(first, prefix);
    if (compare(range.first, first) !== 0) break;
    if (compare(range.last, last) === 0) return `${formatAddress(first)}/${prefix}`;
  }
  return `${formatAddress(first)}-${formatAddress(last)}`;
}

/** Every range of a list, as nft writes it. */
export function rangeTexts(ranges: Uint32Array, family: 4 | 6): string[] {
  const size = family === 4 ? 2 : 8;
  const texts: string[] = [];
  for (let at = 0; at < ranges.length; at += size) {
    texts.push(rangeText(ranges.subarray(at, at + size), family));
  }
  return texts;
}

/** Words of the first address, then of the last. */
export function rangeText(words: ArrayLike<number>, family: 4 | 6): string {
  const address = (at: number): Address =>
    family === 4
      ? { family, words: [0, 0, 0xffff, words[at / 4]!] }
      : { family, words: [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!] };
  return formatRange({ first: address(0), last: address(4) });
}

function rangeOf(address: Address, prefix: number): AddressRange {
  const first = maskAddress(address, prefix);
  const host = maskAddress({ family: address.family, words: ALL_ONES }, prefix);
  const start = address.family === 4 ? 3 : 0;
  const word = (at: number): number =>
    at < start ? first.words[at]! : (first.words[at]! | ~host.words[at]!) >>> 0;
  return { first, last: { family: address.family, words: [word(0), word(1), word(2), word(3)] } };
}

const ALL_ONES = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff] as const;

function compare(a: Address, b: Address): number {
  for (let at = 0; at < 4; at++) {
    const difference = a.words[at]! - b.words[at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
