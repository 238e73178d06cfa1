/**
 * An IP address as four 32-bit words in host order. IPv4 is kept as ::ffff:a.b.c.d; `family` tells an
 * IPv4 address from an IPv6 packet that merely wears such an address.
 */
export interface Address {
  readonly family: 4 | 6;
  readonly words: readonly [number, number, number, number];
}

/** Canonical text: dotted for IPv4, RFC 5952 for IPv6 (inet_ntop's form). */
export function formatAddress({ family, words }: Address): string {
  if (family === 4) return dotted(words[3]);
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  const { from, length } = longestZeroRun(groups);
  const isMapped = from === 0 && length === 5 && groups[5] === 0xffff;
  const isCompatible = from === 0 && length === 6;
  if (isMapped) return `::ffff:${dotted(words[3])}`;
  if (isCompatible) return `::${dotted(words[3])}`;
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, from))}::${hex(groups.slice(from + length))}`;
}

/** The address of a strict textual form, or undefined: no leading zeros, no short forms, no zone. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) {
    const word = parseDotted(text);
    return word === undefined ? undefined : { family: 4, words: [0, 0, 0xffff, word] };
  }
  const groups = parseGroups(text);
  if (groups === undefined) return undefined;
  const word = (at: number): number => ((groups[at]! << 16) | groups[at + 1]!) >>> 0;
  return { family: 6, words: [word(0), word(2), word(4), word(6)] };
}

/** Same family, same words. */
export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.words.every((word, at) => word === b.words[at]);
}

/** The address with all bits behind the prefix set to 0; `prefix` counts from 0 to 128 (IPv6) or 32 (IPv4). */
export function maskAddress(address: Address, prefix: number): Address {
  const { family, words } = address;
  const bits = family === 4 ? prefix + 96 : prefix;
  if (bits === 128) return address; // as nearly all are: nothing to be made (bench: firewall)
  const [w0, w1, w2, w3] = words;
  const keep = (word: number, at: number): number => {
    const left = Math.min(32, Math.max(0, bits - at * 32));
    return left === 0 ? 0 : (word & (0xffff_ffff << (32 - left))) >>> 0;
  };
  return { family, words: [keep(w0, 0), keep(w1, 1), keep(w2, 2), keep(w3, 3)] };
}

function dotted(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function longestZeroRun(groups: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from++) {
    let end = from;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - from > best.length) best = { from, length: end - from };
    from = Math.max(from, end - 1);
  }
  return best;
}

function parseDotted(text: string): number | undefined {
  const parts = text.split('.');
  if (
    parts.length !== 4 ||
    !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  ) {
    return undefined;
  }
  return parts.reduce((word, part) => (word << 8) | Number(part), 0) >>> 0;
}

function parseGroups(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const sides = halves.map((half) => (half === '' ? [] : parseSide(half)));
  if (sides.some((side) => side === undefined)) return undefined;
  const [head, tail] = sides as [number[], number[] | undefined];
  if (tail === undefined) return head.length === 8 ? head : undefined;
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? undefined : [...head, ...new Array<number>(zeros).fill(0), ...tail];
}

function parseSide(text: string): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    if (part.includes('.') && at === parts.length - 1) {
      const word = parseDotted(part);
      if (word === undefined) return undefined;
      groups.push(word >>> 16, word & 0xffff);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}
