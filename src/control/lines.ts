/** Cuts a stream of bytes into lines, none longer than allowed. */
export class Lines {
  readonly #longest: number;
  #rest: Buffer = Buffer.alloc(0);

  /** `longest`: bytes of a line, its line feed not counted. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The lines that these bytes complete; the last is undefined if it is too long, and then nothing follows it. */
  *take(bytes: Buffer): Generator<string | undefined> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      if (Math.max(end, end < 0 ? this.#rest.length : 0) > this.#longest) {
        this.#rest = Buffer.alloc(0);
        yield undefined;
        return;
      }
      if (end < 0) return;
      const line = this.#rest.toString('utf8', 0, end);
      this.#rest = this.#rest.subarray(end + 1);
      yield line;
    }
  }
}
