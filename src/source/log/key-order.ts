/** What stood between two values: a comma, a key, a colon, spaces; and what came behind the next value. */
interface Gap {
  readonly length: number;
  /** Four bytes each; the last one ends with the gap, and may share bytes with the one before it. */
  readonly words: Uint32Array;
  readonly key: number;
  readonly followers: Gap[];
}

/** ulogd writes a dozen kinds of lines, of 50 members at most. */
const MAX_GAPS = 1024;
const MAX_FOLLOWERS = 4;
const [MIN_GAP_BYTES, MAX_GAP_BYTES] = [4, 64];

/**
 * Programs write their keys in the same order, line after line. What stood between two values is kept
 * as a tree, so that it need but be compared, by words, and not be read byte by byte:
 *
 *     {"timestamp": ── , "dvc": ── ... ── , "ip.fragoff": ┬─ , "src_port": ── , "dest_port": ── ...
 *                                                         └─ , "icmp.type": ── ...
 *
 * It is bounded: what finds no place in it is read each time. Case: `log`.
 */
export class KeyOrder {
  /** Of the gap that was passed last. */
  key = -1;
  readonly #start: Gap = { length: 0, words: new Uint32Array(), key: -1, followers: [] };
  /** Undefined: this line has left what is known. */
  #last: Gap | undefined;
  #gaps = 0;

  /** A line begins. */
  begin(): void {
    this.#last = this.#start;
  }

  /** How long the known gap is that stands at `at`, before `end`; 0: none does. */
  find(bytes: DataView, at: number, end: number): number {
    if (this.#last === undefined) return 0;
    for (const gap of this.#last.followers) {
      if (at + gap.length > end || !standsAt(bytes, at, gap)) continue;
      this.#last = gap;
      this.key = gap.key;
      return gap.length;
    }
    return 0;
  }

  /** What was read where none was found. */
  learn(bytes: DataView, from: number, to: number, key: number): void {
    const before = this.#last;
    const length = to - from;
    this.key = key;
    this.#last = undefined;
    if (before === undefined || this.#gaps === MAX_GAPS) return;
    if (before.followers.length === MAX_FOLLOWERS) return;
    if (length < MIN_GAP_BYTES || length > MAX_GAP_BYTES) return;
    this.#last = { length, words: wordsOf(bytes, from, length), key, followers: [] };
    before.followers.push(this.#last);
    this.#gaps++;
  }
}

function standsAt(bytes: DataView, at: number, { words, length }: Gap): boolean {
  const last = words.length - 1;
  // The end of a key tells more keys apart than its beginning.
  if (bytes.getUint32(at + length - 4, true) !== words[last]) return false;
  for (let word = 0; word < last; word++) {
    if (bytes.getUint32(at + word * 4, true) !== words[word]) return false;
  }
  return true;
}

function wordsOf(bytes: DataView, from: number, length: number): Uint32Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let word = 0; word < words.length; word++) {
    words[word] = bytes.getUint32(from + Math.min(word * 4, length - 4), true);
  }
  return words;
}
