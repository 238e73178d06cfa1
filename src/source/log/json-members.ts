import { KeyOrder } from './key-order.ts';

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN, CLOSE] = [34, 92, 58, 44, 123, 125];
const [ARRAY, ARRAY_END] = [91, 93];

/** A key's number, -1 if it is nothing to us. */
export type KeyNumber = (bytes: Buffer, from: number, to: number) => number;

/**
 * Walks through the members of one JSON object a line, without making values of them: what stands
 * between quotes is told from what looks like it, and that is all it takes.
 */
export class JsonMembers {
  /** Of a text, what stands between its quotes. */
  valueFrom = 0;
  valueTo = 0;
  isText = false;
  /** Whether the text has a backslash, so that it is not what it looks like. */
  isEscaped = false;
  readonly #keyNumber: KeyNumber;
  readonly #order = new KeyOrder();
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #end = 0;

  constructor(keyNumber: KeyNumber) {
    this.#keyNumber = keyNumber;
  }

  /** What `keyNumber` made of the member's key. */
  get key(): number {
    return this.#order.key;
  }

  /** A line that begins with a brace. */
  begin(bytes: Buffer, from: number, to: number): void {
    this.#order.begin();
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.#at = from + 1;
    this.#end = to;
  }

  /** Goes on to the next member; false at the end, and where the line is not what it should be. */
  next(): boolean {
    const known = this.#order.find(this.#view, this.#at, this.#end);
    this.#at += known;
    if (known === 0 && !this.#readGap()) return false;
    const first = this.#skipTo();
    this.isText = first === QUOTE;
    if (this.isText) return this.#text();
    return first === OPEN || first === ARRAY ? this.#nested() : this.#plain();
  }

  /** Whether the line ended with its object. */
  get isWhole(): boolean {
    return this.#skipTo() === CLOSE;
  }

  /** The next byte that is no space; -1 at the end. */
  #skipTo(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    while (at < end && bytes[at]! <= 32) at++;
    this.#at = at;
    return at < end ? bytes[at]! : -1;
  }

  /** From behind a value to the next one. */
  #readGap(): boolean {
    const from = this.#at;
    if (this.#skipTo() === COMMA) this.#at++;
    if (this.#skipTo() !== QUOTE || !this.#text()) return false;
    const key = this.#keyNumber(this.#bytes, this.valueFrom, this.valueTo);
    if (this.#skipTo() !== COLON) return false;
    this.#at++;
    this.#skipTo();
    this.#order.learn(this.#view, from, this.#at, key);
    return true;
  }

  #text(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at + 1;
    this.valueFrom = at;
    this.isEscaped = false;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.valueTo = at;
        this.#at = at + 1;
        return true;
      }
      if (byte === BACKSLASH) {
        this.isEscaped = true;
        at++;
      }
    }
    this.#at = at;
    return false;
  }

  #plain(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let at = this.#at;
    this.valueFrom = at;
    while (at < end && !isDelimiter(bytes[at]!)) at++;
    this.#at = this.valueTo = at;
    return at > this.valueFrom;
  }

  /** Passes over a list or an object, which are nothing to us. */
  #nested(): boolean {
    this.valueFrom = this.valueTo = this.#at;
    let depth = 0;
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at];
      if (byte === QUOTE) {
        if (!this.#text()) return false;
        continue;
      }
      if (byte === OPEN || byte === ARRAY) depth++;
      if (byte === CLOSE || byte === ARRAY_END) depth--;
      this.#at++;
      if (depth === 0) {
        this.valueFrom = this.valueTo = this.#at;
        return true;
      }
    }
    return false;
  }
}

function isDelimiter(byte: number): boolean {
  return byte === COMMA || byte === CLOSE || byte <= 32;
}
