import type { Address } from './address.ts';
import type { Network } from './network.ts';
import { longestPrefix } from './network.ts';

/** Words of an IPv6 range: its first address, then its last. */
const WORDS6 = 8;

/**
 * A great many ranges of addresses, as plain numbers: rising, and no two overlap.
 *
 *     ipv4   first last | first last | ...          one word each
 *     ipv6   first (4 words) last (4 words) | ...
 */
export class AddressRanges {
  readonly ipv4: Uint32Array;
  readonly ipv6: Uint32Array;

  constructor(ipv4: Uint32Array, ipv6: Uint32Array) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
  }

  get count(): number {
    return this.ipv4.length / 2 + this.ipv6.length / WORDS6;
  }

  has4(word: number): boolean {
    const { ipv4 } = this;
    let [low, high] = [0, ipv4.length >> 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ipv4[2 * middle + 1]! < word) low = middle + 1;
      else high = middle;
    }
    return 2 * low < ipv4.length && ipv4[2 * low]! <= word;
  }

  has6(w0: number, w1: number, w2: number, w3: number): boolean {
    const { ipv6 } = this;
    let [low, high] = [0, ipv6.length / WORDS6];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(ipv6, WORDS6 * middle + 4, w0, w1, w2, w3) < 0) low = middle + 1;
      else high = middle;
    }
    return WORDS6 * low < ipv6.length && order(ipv6, WORDS6 * low, w0, w1, w2, w3) <= 0;
  }

  has({ family, words: [w0, w1, w2, w3] }: Address): boolean {
    return family === 4 ? this.has4(w3) : this.has6(w0, w1, w2, w3);
  }
}

export const NO_RANGES: AddressRanges = new AddressRanges(new Uint32Array(0), new Uint32Array(0));

/** Gathers ranges in any order, overlapping or twice, and makes them what a set of them can take. */
export class RangeBuilder {
  /** First and last of each, one behind the other. */
  readonly #ipv4: number[] = [];
  readonly #ipv6: (readonly number[])[] = [];

  add4(first: number, last: number): void {
    this.#ipv4.push(first, last);
  }

  /** Words of the first address, then of the last. */
  add6(words: readonly number[]): void {
    this.#ipv6.push(words);
  }

  addNetwork(network: Network): void {
    const words = wordsOf(network);
    if (network.address.family === 4) this.add4(words[0]!, words[1]!);
    else this.add6(words);
  }

  addAll({ ipv4, ipv6 }: AddressRanges): void {
    for (let at = 0; at < ipv4.length; at += 2) this.add4(ipv4[at]!, ipv4[at + 1]!);
    for (let at = 0; at < ipv6.length; at += WORDS6) {
      this.#ipv6.push(Array.from(ipv6.subarray(at, at + WORDS6)));
    }
  }

  /** `isApart`: ranges that merely touch stay two, so that each can be counted by itself. */
  build({ isApart = false }: { readonly isApart?: boolean } = {}): AddressRanges {
    return new AddressRanges(merge4(this.#ipv4, isApart), merge6(this.#ipv6, isApart));
  }
}

/** The ranges of a few networks. */
export function rangesOf(networks: readonly Network[]): AddressRanges {
  const builder = new RangeBuilder();
  for (const network of networks) builder.addNetwork(network);
  return builder.build();
}

/** First and last address of a network: two words for IPv4, eight for IPv6. */
export function wordsOf({ address: { family, words }, prefix }: Network): number[] {
  const free = longestPrefix(family) - prefix;
  const host = (at: number): number => {
    const bits = Math.min(32, Math.max(0, free - (3 - at) * 32));
    return bits === 0 ? 0 : 0xffff_ffff >>> (32 - bits);
  };
  const first = words.map((word, at) => (word & ~host(at)) >>> 0);
  const last = words.map((word, at) => (word | host(at)) >>> 0);
  return family === 4 ? [first[3]!, last[3]!] : [...first, ...last];
}

// The order of numbers is what sorts typed arrays fast: 2 ** 21 places are more than any list has.
function merge4(pairs: readonly number[], isApart: boolean): Uint32Array {
  const count = pairs.length / 2;
  const order = Float64Array.from({ length: count }, (_, at) => pairs[2 * at]! * 2 ** 21 + at);
  order.sort();
  const merged = new Uint32Array(pairs.length);
  let used = 0;
  for (const key of order) {
    const at = key % 2 ** 21;
    const [first, last] = [pairs[2 * at]!, pairs[2 * at + 1]!];
    const reach = used === 0 ? -2 : merged[used - 1]!;
    if (first > reach + (isApart ? 0 : 1)) {
      merged[used++] = first;
      merged[used++] = last;
    } else if (last > reach) {
      merged[used - 1] = last;
    }
  }
  return merged.slice(0, used);
}

function merge6(ranges: readonly (readonly number[])[], isApart: boolean): Uint32Array {
  const sorted = [...ranges].sort((a, b) => compareWords(a, 0, b, 0));
  const merged = new Uint32Array(ranges.length * WORDS6);
  let used = 0;
  for (const range of sorted) {
    const isSeparate = used === 0 || !reaches(merged, used - 4, range, isApart);
    if (isSeparate) {
      merged.set(range, used);
      used += WORDS6;
    } else if (compareWords(range, 4, merged, used - 4) > 0) {
      merged.set(range.slice(4), used - 4);
    }
  }
  return merged.slice(0, used);
}

/** Whether a range begins at or before this last address, or right behind it. */
function reaches(
  merged: Uint32Array,
  lastAt: number,
  range: readonly number[],
  isApart: boolean,
): boolean {
  if (compareWords(range, 0, merged, lastAt) <= 0) return true;
  if (isApart) return false;
  const behind = Array.from(merged.subarray(lastAt, lastAt + 4));
  for (let at = 3; at >= 0; at--) {
    behind[at] = (behind[at]! + 1) >>> 0;
    if (behind[at] !== 0) break;
  }
  return compareWords(range, 0, behind, 0) === 0;
}

function compareWords(
  a: ArrayLike<number>,
  fromA: number,
  b: ArrayLike<number>,
  fromB: number,
): number {
  for (let at = 0; at < 4; at++) {
    const difference = a[fromA + at]! - b[fromB + at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function order(
  words: Uint32Array,
  at: number,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): number {
  return words[at]! - w0 || words[at + 1]! - w1 || words[at + 2]! - w2 || words[at + 3]! - w3;
}
