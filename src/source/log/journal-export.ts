import type { LineEnd, LogRecord } from './log-record.ts';
import { MAX_LINE_BYTES } from './line-buffer.ts';
import type { MessageReader } from './message.ts';
import { standsAt, wholeNumber } from './scan.ts';

const CURSOR = Buffer.from('__CURSOR=');
const TRANSPORT = Buffer.from('_TRANSPORT=');
const KERNEL = Buffer.from('kernel');
const MESSAGE = Buffer.from('MESSAGE=');
const REALTIME = Buffer.from('__REALTIME_TIMESTAMP=');
const MONOTONIC = Buffer.from('_SOURCE_MONOTONIC_TIMESTAMP=');
const EQUALS = 61;

/** What a line of an entry asks for. */
export type ExportStep = 'more' | 'binary' | LineEnd;

/**
 * The journal's export format (systemd.io/JOURNAL_EXPORT_FORMATS): fields of an entry line by line, and
 * an empty line behind it. A field whose name stands alone is binary, and its bytes may look like
 * anything: whoever reads lines must pass over them. Fields that begin with `_` are journald's own.
 */
export class JournalExport {
  readonly #messages: MessageReader;
  readonly #message = Buffer.alloc(MAX_LINE_BYTES);
  #length = -1;
  #isKernel = false;
  #wallUs = Number.NaN;
  #uptimeUs = Number.NaN;
  #isOpen = false;

  constructor(messages: MessageReader) {
    this.#messages = messages;
  }

  /** Whether an entry has begun, so that lines belong to it. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether an entry begins with this line. */
  static begins(bytes: Buffer, from: number, to: number): boolean {
    return standsAt(bytes, from, to, CURSOR);
  }

  /** Takes a line of an entry, and at its end reads its message. */
  take(bytes: Buffer, from: number, to: number, record: LogRecord): ExportStep {
    if (!this.#isOpen) this.#begin();
    if (from === to) return this.#finish(record);
    const name = bytes.indexOf(EQUALS, from);
    if (name < 0 || name >= to) return 'binary';
    if (standsAt(bytes, from, to, MESSAGE)) {
      this.#length = bytes.copy(this.#message, 0, from + MESSAGE.length, to);
    } else if (standsAt(bytes, from, to, TRANSPORT)) {
      const value = from + TRANSPORT.length;
      this.#isKernel = to - value === KERNEL.length && standsAt(bytes, value, to, KERNEL);
    } else if (standsAt(bytes, from, to, REALTIME)) {
      this.#wallUs = longNumber(bytes, from + REALTIME.length, to);
    } else if (standsAt(bytes, from, to, MONOTONIC)) {
      this.#uptimeUs = longNumber(bytes, from + MONOTONIC.length, to);
    }
    return 'more';
  }

  /** Another file begins: what was begun has no end. */
  clear(): void {
    this.#isOpen = false;
  }

  #begin(): void {
    this.#isOpen = true;
    this.#length = -1;
    this.#isKernel = false;
    this.#wallUs = this.#uptimeUs = Number.NaN;
  }

  #finish(record: LogRecord): LineEnd {
    this.#isOpen = false;
    if (!this.#isKernel) return 'notKernel';
    if (this.#length < 0) return 'otherPrefix';
    record.wallUs = this.#wallUs;
    record.uptimeUs = this.#uptimeUs;
    return this.#messages.read(this.#message, 0, this.#length, record);
  }
}

/** A whole number of up to 16 digits; NaN if that is none. */
export function longNumber(bytes: Buffer, from: number, to: number): number {
  const split = Math.max(from, to - 6);
  const high = split === from ? 0 : wholeNumber(bytes, from, split);
  const low = wholeNumber(bytes, split, to);
  return high < 0 || low < 0 ? Number.NaN : high * 10 ** (to - split) + low;
}
