import { fraction, standsAt, wholeNumber } from './scan.ts';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const [SPACE, COLON, DASH, DOT, PLUS, CAPITAL_T, CAPITAL_Z] = [32, 58, 45, 46, 43, 84, 90];
/** `Nov  5 09:08:` and `2026-11-05T09:08:` are worked out once a minute. */
const [SHORT_MINUTE, LONG_MINUTE] = [13, 17];
const SHORT_LENGTH = 16;
const DAY_US = 86_400e6;

/**
 * Reads the stamps that lines of a system log begin with: `Nov  5 09:08:07 ` (RFC 3164, local time, no
 * year) and `2026-11-05T09:08:07.123456+01:00 ` (RFC 3339).
 */
export class SyslogTime {
  /** Of the last stamp read, in microseconds. */
  us: number = Number.NaN;
  readonly #nowMs: () => number;
  readonly #minute = Buffer.alloc(LONG_MINUTE);
  #minuteLength = 0;
  #minuteUs = 0;

  /** `nowMs`: a time of which stamps are not ahead by more than a day: it tells their year. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Where the line goes on behind its stamp and a space; -1 if it begins with none. */
  read(bytes: Buffer, from: number, end: number): number {
    if (end - from < SHORT_LENGTH) return -1;
    return bytes[from + 4] === DASH
      ? this.#readLong(bytes, from, end)
      : this.#readShort(bytes, from);
  }

  #readShort(bytes: Buffer, from: number): number {
    const second = wholeNumber(bytes, from + SHORT_MINUTE, from + 15);
    if (bytes[from + 15] !== SPACE || second < 0) return -1;
    if (!this.#isKnown(bytes, from, SHORT_MINUTE) && !this.#learnShort(bytes, from)) return -1;
    this.us = this.#minuteUs + second * 1e6;
    return from + SHORT_LENGTH;
  }

  #readLong(bytes: Buffer, from: number, end: number): number {
    let at = from + LONG_MINUTE + 2;
    const second = wholeNumber(bytes, from + LONG_MINUTE, at);
    if (second < 0) return -1;
    let part = 0;
    if (bytes[at] === DOT) {
      const digits = ++at;
      while (at < end && bytes[at]! >= 48 && bytes[at]! <= 57) at++;
      part = fraction(bytes, digits, at);
    }
    const zone = zoneMinutes(bytes, at, end);
    at += bytes[at] === CAPITAL_Z ? 1 : 6;
    if (Number.isNaN(zone) || Number.isNaN(part) || bytes[at] !== SPACE || at >= end) return -1;
    if (!this.#isKnown(bytes, from, LONG_MINUTE) && !this.#learnLong(bytes, from)) return -1;
    this.us = this.#minuteUs + second * 1e6 - zone * 60e6 + part;
    return at + 1;
  }

  #isKnown(bytes: Buffer, from: number, length: number): boolean {
    if (this.#minuteLength !== length) return false;
    for (let at = 0; at < length; at++) if (bytes[from + at] !== this.#minute[at]) return false;
    return true;
  }

  #learnShort(bytes: Buffer, from: number): boolean {
    const month = MONTHS.indexOf(bytes.toString('latin1', from, from + 3));
    const isPadded = bytes[from + 4] === SPACE;
    const day = wholeNumber(bytes, from + (isPadded ? 5 : 4), from + 6);
    const [hour, minute] = clock(bytes, from + 7);
    const isRight = bytes[from + 3] === SPACE && bytes[from + 6] === SPACE;
    if (!isRight || month < 0 || day < 1 || day > 31 || hour < 0 || minute < 0) return false;
    const nowUs = this.#nowMs() * 1000;
    const year = new Date(nowUs / 1000).getFullYear();
    const inYear = (which: number): number =>
      new Date(which, month, day, hour, minute).getTime() * 1000;
    const isAhead = inYear(year) > nowUs + DAY_US;
    this.#keep(bytes, from, SHORT_MINUTE, inYear(isAhead ? year - 1 : year));
    return true;
  }

  #learnLong(bytes: Buffer, from: number): boolean {
    const year = wholeNumber(bytes, from, from + 4);
    const month = wholeNumber(bytes, from + 5, from + 7);
    const day = wholeNumber(bytes, from + 8, from + 10);
    const [hour, minute] = clock(bytes, from + 11);
    const isRight = bytes[from + 7] === DASH && bytes[from + 10] === CAPITAL_T;
    if (!isRight || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return false;
    if (hour < 0 || minute < 0) return false;
    this.#keep(bytes, from, LONG_MINUTE, Date.UTC(year, month - 1, day, hour, minute) * 1000);
    return true;
  }

  #keep(bytes: Buffer, from: number, length: number, us: number): void {
    bytes.copy(this.#minute, 0, from, from + length);
    this.#minuteLength = length;
    this.#minuteUs = us;
  }
}

/** `09:08:`, as two numbers; -1 where they are none. */
function clock(bytes: Buffer, at: number): readonly [hour: number, minute: number] {
  const [hour, minute] = [wholeNumber(bytes, at, at + 2), wholeNumber(bytes, at + 3, at + 5)];
  const isRight = bytes[at + 2] === COLON && bytes[at + 5] === COLON && hour < 24 && minute < 60;
  return isRight ? [hour, minute] : [-1, -1];
}

/** `Z`, `+01:00`: how far it is ahead of UTC; NaN if that is none. */
function zoneMinutes(bytes: Buffer, at: number, end: number): number {
  if (bytes[at] === CAPITAL_Z) return 0;
  const sign = bytes[at] === PLUS ? 1 : bytes[at] === DASH ? -1 : Number.NaN;
  if (at + 6 > end || bytes[at + 3] !== COLON) return Number.NaN;
  const [hours, minutes] = [wholeNumber(bytes, at + 1, at + 3), wholeNumber(bytes, at + 4, at + 6)];
  return hours < 0 || minutes < 0 ? Number.NaN : sign * (hours * 60 + minutes);
}

const LESS_THAN = 60;

/** Where the line goes on behind a priority such as `<6>`. */
export function pastPriority(bytes: Buffer, from: number, end: number): number {
  if (bytes[from] !== LESS_THAN) return from;
  const close = bytes.indexOf('>', from);
  const isOne =
    close > 0 && close < Math.min(end, from + 5) && wholeNumber(bytes, from + 1, close) >= 0;
  return isOne ? close + 1 : from;
}

const KERNEL = Buffer.from('kernel: ');

/** Where the message of the kernel's begins behind its tag; -1 if somebody else speaks. */
export function pastKernelTag(bytes: Buffer, at: number, end: number): number {
  return standsAt(bytes, at, end, KERNEL) ? at + KERNEL.length : -1;
}
