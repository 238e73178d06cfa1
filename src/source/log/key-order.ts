/** What stood between two values: a comma, a key, a colon, spaces; and what came behind the next value. */
export interface Gap {
  readonly length: number;
  /** Four bytes each; the last one ends with the gap, and may share bytes with the one before it. */
  readonly words: Uint32Array;
  /** What is behind it: a value of this key. */
  readonly key: number;
  readonly followers: Gap[];
}

/** ulogd writes a dozen kinds of lines, of 50 members at most. */
const MAX_GAPS = 1024;
const MAX_FOLLOWERS = 4;
const [MIN_GAP_BYTES, MAX_GAP_BYTES] = [4, 64];
const NO_WORDS = new Uint32Array();

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
  /** Where lines begin. */
  readonly start: Gap = { length: 0, words: NO_WORDS, key: -1, followers: [] };
  /** The last gap that found no place, and that nothing follows. */
  readonly #stray = { length: 0, words: NO_WORDS, key: -1, followers: [] };
  #gaps = 0;

  /** The gap that stands at `at`, before `end`, if it has been seen behind `before`. */
  find(before: Gap, bytes: DataView, at: number, end: number): Gap | undefined {
    const { followers } = before;
    for (let nth = 0; nth < followers.length; nth++) {
      if (standsAt(bytes, at, end, followers[nth]!)) return followers[nth];
    }
    return undefined;
  }

  /** What was read where none was found. It holds until the next one is learned. */
  learn(before: Gap, bytes: DataView, from: number, to: number, key: number): Gap {
    const length = to - from;
    const isFull = this.#gaps === MAX_GAPS || before.followers.length === MAX_FOLLOWERS;
    if (isFull || before === this.#stray || length < MIN_GAP_BYTES || length > MAX_GAP_BYTES) {
      return Object.assign(this.#stray, { length, key });
    }
    const gap: Gap = { length, words: wordsOf(bytes, from, length), key, followers: [] };
    before.followers.push(gap);
    this.#gaps++;
    return gap;
  }
}

function standsAt(bytes: DataView, at: number, end: number, { words, length }: Gap): boolean {
  if (at + length > end) return false;
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
