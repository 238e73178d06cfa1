import { KeyOrder, type Gap } from './key-order.ts';

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN, CLOSE] = [34, 92, 58, 44, 123, 125];
const [ARRAY, ARRAY_END, SPACE] = [91, 93, 32];

/** A key's number, below `keys`; -1 if it is nothing to us. */
export type KeyNumber = (bytes: Buffer, from: number, to: number) => number;

/**
 * Finds the members of one JSON object a line, without making values of them: what stands between quotes
 * is told from what looks like it, and that is all it takes.
 */
export class JsonMembers {
  /** By key, where the value of its first member begins, of a text behind the quote; 0: it has none. */
  readonly from: Uint32Array;
  /** Where it ends. A list, an object, and a text with a backslash, which is not what it looks like, are empty. */
  readonly to: Uint32Array;
  readonly #keyNumber: KeyNumber;
  readonly #order = new KeyOrder();
  /** Whether the last value is what it looks like. */
  #isPlain = true;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));

  constructor(keys: number, keyNumber: KeyNumber) {
    this.from = new Uint32Array(keys);
    this.to = new Uint32Array(keys);
    this.#keyNumber = keyNumber;
  }

  /** Takes a line that begins with a brace. False: it is not what it should be. */
  read(bytes: Buffer, from: number, end: number): boolean {
    this.#begin(bytes);
    const view = this.#view;
    const order = this.#order;
    let at = from + 1;
    let gap = this.#gapAt(order.start, at, end);
    while (gap !== undefined) {
      const value = pastBlanks(bytes, at + gap.length, end);
      const { habit } = gap;
      if (habit !== undefined && order.stands(habit, view, value, end)) {
        at = value + habit.valueLength;
        const quote = habit.isText ? 1 : 0;
        this.#keep(gap.key, value + quote, at - quote);
        gap = habit.next;
        continue;
      }
      at = this.#takeValue(gap.key, value, end);
      if (at < 0) return false;
      const next = this.#gapAt(gap, at, end);
      if (next !== undefined && this.#isPlain) order.expect(gap, next, view, value, at);
      gap = next;
    }
    return bytes[pastBlanks(bytes, at, end)] === CLOSE;
  }

  #begin(bytes: Buffer): void {
    this.from.fill(0);
    this.to.fill(0);
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #keep(key: number, from: number, to: number): void {
    if (key < 0 || this.from[key] !== 0) return;
    this.from[key] = from;
    this.to[key] = to;
  }

  /** Where a value ends that begins at `from`; -1 if it does not. */
  #takeValue(key: number, from: number, end: number): number {
    const bytes = this.#bytes;
    const first = bytes[from];
    this.#isPlain = true;
    let at = from;
    if (first === QUOTE) {
      for (at++; at < end && bytes[at] !== QUOTE; at++) {
        if (bytes[at] !== BACKSLASH) continue;
        this.#isPlain = false;
        at++;
      }
      if (at >= end) return -1;
      this.#keep(key, from + 1, this.#isPlain ? at : from + 1);
      return at + 1;
    }
    if (first === OPEN || first === ARRAY) {
      this.#isPlain = false;
      at = nestedEnd(bytes, from, end);
    } else {
      while (at < end && !isDelimiter(bytes[at]!)) at++;
      if (at === from) return -1;
    }
    if (at >= end) return -1;
    this.#keep(key, from, this.#isPlain ? at : from);
    return at;
  }

  /** What stands from behind a value, or the opening brace, to the next value; undefined: no member follows. */
  #gapAt(before: Gap, at: number, end: number): Gap | undefined {
    return this.#order.find(before, this.#view, at, end) ?? this.#learn(before, at, end);
  }

  /** Reads it where it is new. */
  #learn(before: Gap, from: number, end: number): Gap | undefined {
    const bytes = this.#bytes;
    let at = pastBlanks(bytes, from, end);
    if (bytes[at] === COMMA) at = pastBlanks(bytes, at + 1, end);
    if (at >= end || bytes[at] !== QUOTE) return undefined;
    const quote = textEnd(bytes, at, end);
    const key = this.#keyNumber(bytes, at + 1, quote);
    at = pastBlanks(bytes, quote + 1, end);
    if (at >= end || bytes[at] !== COLON) return undefined;
    return this.#order.learn(before, this.#view, from, pastBlanks(bytes, at + 1, end), key);
  }
}

/** Where the quote stands that ends the text which begins at `at`, or `end`. */
function textEnd(bytes: Buffer, at: number, end: number): number {
  for (at++; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return Math.min(at, end);
}

/** Behind a list or an object, which are nothing to us; `end` if it has none. */
function nestedEnd(bytes: Buffer, at: number, end: number): number {
  for (let depth = 0; at < end; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = textEnd(bytes, at, end);
    else if (byte === OPEN || byte === ARRAY) depth++;
    else if ((byte === CLOSE || byte === ARRAY_END) && --depth === 0) return at + 1;
  }
  return end;
}

function pastBlanks(bytes: Buffer, at: number, end: number): number {
  while (at < end && bytes[at]! <= SPACE) at++;
  return at;
}

function isDelimiter(byte: number): boolean {
  return byte === COMMA || byte === CLOSE || byte <= SPACE;
}
