import { parseAddress } from '../../tuple/address.ts';

const [ZERO, NINE, DOT, COLON, SPACE] = [48, 57, 46, 58, 32];
/** Of eight groups in full, as the kernel writes them. */
const LONG_IPV6 = 39;

/** Whether these bytes stand at `at`, before `end`. */
export function standsAt(bytes: Buffer, at: number, end: number, what: Uint8Array): boolean {
  if (at + what.length > end) return false;
  for (let offset = 0; offset < what.length; offset++) {
    if (bytes[at + offset] !== what[offset]) return false;
  }
  return true;
}

/** Whether these bytes, and no more, stand from `at` to `end`. */
export function isWord(bytes: Buffer, at: number, end: number, what: Uint8Array): boolean {
  return end - at === what.length && standsAt(bytes, at, end, what);
}

/** The first place from `at` on where a space stands, or `end`. */
export function wordEnd(bytes: Buffer, at: number, end: number): number {
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

/** The first place from `at` on where no space stands, or `end`. */
export function pastSpaces(bytes: Buffer, at: number, end: number): number {
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** A whole number of at most 10 digits that fills `from` to `to`; -1 if that is none. */
export function wholeNumber(bytes: Buffer, from: number, to: number): number {
  if (from >= to || to - from > 10) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** A port that fills `from` to `to`; -1 if that is none. */
export function portNumber(bytes: Buffer, from: number, to: number): number {
  const value = wholeNumber(bytes, from, to);
  return value > 0xffff ? -1 : value;
}

/** `123.456789` as microseconds; NaN if that is none. */
export function microseconds(bytes: Buffer, from: number, to: number): number {
  let dot = from;
  while (dot < to && bytes[dot] !== DOT) dot++;
  const whole = wholeNumber(bytes, from, dot);
  if (whole < 0) return Number.NaN;
  return dot === to ? whole * 1e6 : whole * 1e6 + fraction(bytes, dot + 1, to);
}

/** The digits behind a point as microseconds, cut behind the sixth; NaN if they are none. */
export function fraction(bytes: Buffer, from: number, to: number): number {
  if (from >= to) return Number.NaN;
  let [value, digits] = [0, 0];
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    if (digits++ < 6) value = value * 10 + digit;
  }
  for (; digits < 6; digits++) value *= 10;
  return value;
}

/** Reads an address that fills `from` to `to` into four words. Its family, or 0 if that is none. */
export function address(bytes: Buffer, from: number, to: number, into: Uint32Array): 0 | 4 | 6 {
  const length = to - from;
  if (length <= 15 && dotted(bytes, from, to, into)) return 4;
  if (length === LONG_IPV6 && longIpv6(bytes, from, into)) return 6;
  if (length < 2 || length > 45) return 0;
  const parsed = parseAddress(bytes.toString('latin1', from, to));
  if (parsed === undefined) return 0;
  into.set(parsed.words);
  return parsed.family;
}

function dotted(bytes: Buffer, from: number, to: number, into: Uint32Array): boolean {
  let [word, part, digits, dots] = [0, 0, 0, 0];
  for (let at = from; at <= to; at++) {
    const byte = at === to ? DOT : bytes[at]!;
    if (byte === DOT) {
      if (digits === 0 || part > 255) return false;
      word = (word << 8) | part;
      part = digits = 0;
      dots++;
    } else {
      if (byte < ZERO || byte > NINE || (digits > 0 && part === 0)) return false;
      part = part * 10 + byte - ZERO;
      digits++;
    }
  }
  if (dots !== 4) return false;
  into[0] = into[1] = 0;
  into[2] = 0xffff;
  into[3] = word;
  return true;
}

function longIpv6(bytes: Buffer, from: number, into: Uint32Array): boolean {
  for (let group = 0; group < 8; group++) {
    const at = from + group * 5;
    if (group > 0 && bytes[at - 1] !== COLON) return false;
    let value = 0;
    for (let offset = 0; offset < 4; offset++) {
      const digit = hexDigit(bytes[at + offset]!);
      if (digit < 0) return false;
      value = (value << 4) | digit;
    }
    into[group >> 1] = (group & 1) === 0 ? value << 16 : into[group >> 1]! | value;
  }
  return true;
}

function hexDigit(byte: number): number {
  if (byte >= ZERO && byte <= NINE) return byte - ZERO;
  const letter = (byte | 32) - 87;
  return letter >= 10 && letter <= 15 ? letter : -1;
}
