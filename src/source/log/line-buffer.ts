/** Longer lines are none of a firewall's: they are counted, and passed over without being kept. */
export const MAX_LINE_BYTES = 4096;

/** More than the journal takes as one field: such a length is a lie. */
const MAX_FIELD_BYTES = 768 * 1024 * 1024;
const LENGTH_BYTES = 8;
const [LINE_FEED, CARRIAGE_RETURN] = [10, 13];

/**
 * Cuts what it is fed into lines, each of which stands between `from` and `to` of `bytes` until the next
 * call. It keeps the beginning of one line at most.
 */
export class LineBuffer {
  bytes: Buffer = Buffer.alloc(0);
  from = 0;
  to = 0;
  /** Lines that were longer than a line may be. */
  tooLong = 0;
  /** Bytes that have been dealt with, in all. */
  position = 0;
  #storage = Buffer.alloc(0);
  #at = 0;
  #isSkippingLine = false;
  /** Bytes of a field of the journal's that are still to be passed over, or that its length comes next. */
  #field: number | 'length' | undefined;

  /** Takes a copy. */
  feed(chunk: Uint8Array): void {
    const rest = this.bytes.length - this.#at;
    const size = rest + chunk.length;
    const before = this.bytes.subarray(this.#at);
    if (this.#storage.length < size) this.#storage = Buffer.allocUnsafe(size);
    before.copy(this.#storage);
    this.#storage.set(chunk, rest);
    this.bytes = this.#storage.subarray(0, size);
    this.#at = 0;
  }

  /** Goes on to the next whole line, its end not counted; false if there is none yet. */
  next(): boolean {
    for (;;) {
      if (!this.#passField()) return false;
      const found = this.bytes.indexOf(LINE_FEED, this.#at);
      const end = found < 0 ? this.bytes.length : found;
      const isTooLong = this.#isSkippingLine || end - this.#at > MAX_LINE_BYTES;
      if (isTooLong && !this.#isSkippingLine) this.tooLong++;
      if (found < 0) {
        this.#isSkippingLine = isTooLong;
        if (isTooLong) this.#moveTo(end);
        return false;
      }
      this.from = this.#at;
      this.to = end > this.#at && this.bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      this.#moveTo(end + 1);
      this.#isSkippingLine = false;
      if (!isTooLong) return true;
    }
  }

  /** What follows is a binary field of the journal's: eight bytes that say how long it is, and a line feed behind it. */
  skipField(): void {
    this.#field = 'length';
  }

  /** What is left is a line without its end: of a file that nobody goes on writing. */
  end(): void {
    if (this.#field === undefined && this.bytes.length > this.#at) this.feed(Buffer.of(LINE_FEED));
  }

  /** Another file begins: of the line that was begun no end will come. */
  clear(): void {
    this.#moveTo(this.bytes.length);
    this.#isSkippingLine = false;
    this.#field = undefined;
  }

  #passField(): boolean {
    if (this.#field === undefined) return true;
    const there = this.bytes.length - this.#at;
    if (this.#field === 'length') {
      if (there < LENGTH_BYTES) return false;
      const length = Number(this.bytes.readBigUInt64LE(this.#at));
      this.#field = LENGTH_BYTES + (length > MAX_FIELD_BYTES ? 0 : length + 1);
    }
    const passed = Math.min(this.#field, this.bytes.length - this.#at);
    this.#field -= passed;
    this.#moveTo(this.#at + passed);
    if (this.#field > 0) return false;
    this.#field = undefined;
    return true;
  }

  #moveTo(at: number): void {
    this.position += at - this.#at;
    this.#at = at;
  }
}
