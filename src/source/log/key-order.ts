/** What stood between two values: a comma, a key, a colon, spaces; and what came behind the next value. */
export interface Gap {
  readonly length: number;
  /** Four bytes each; the last one ends with the gap, and may share bytes with the one before it. */
  readonly words: Uint32Array;
  /** What is behind it: a value of this key. */
  readonly key: number;
  readonly followers: Gap[];
  /** The value that came last, and the gap behind it: most members say the same in line after line. */
  habit: Habit | undefined;
  /** How often it may still be another. */
  habitsLeft: number;
}

/** A value with the gap behind it. */
export interface Habit {
  /** Bytes of both. */
  readonly length: number;
  readonly words: Uint32Array;
  /** Bytes of the value, with its quotes. */
  readonly valueLength: number;
  readonly isText: boolean;
  readonly next: Gap;
}

/** ulogd writes a dozen kinds of lines, of 50 members at most. */
const MAX_GAPS = 1024;
const MAX_FOLLOWERS = 4;
const [MIN_GAP_BYTES, MAX_GAP_BYTES] = [4, 64];
/** Values that change with every line are soon left alone. */
const MAX_HABITS = 8;
const MAX_VALUE_BYTES = 32;
const QUOTE = 34;

/**
 * Programs write their keys in the same order, line after line. What stood between two values is kept
 * as a tree, so that it need but be compared, by words, and not be read byte by byte:
 *
 *     {"timestamp": ── , "dvc": ── ... ── , "ip.fragoff": ┬─ , "src_port": ── , "dest_port": ── ...
 *                                                         └─ , "icmp.type": ── ...
 *
 * With each goes the value that came last, so that a member which says the same again is read in one go.
 * It is bounded: what finds no place in it is read each time. Case: `log`.
 */
export class KeyOrder {
  /** Where lines begin. */
  readonly start: Gap = gapOf(0, new Uint32Array(), -1);
  /** The last gap that found no place, and that nothing follows. */
  readonly #stray: { -readonly [Part in keyof Gap]: Gap[Part] } = gapOf(0, new Uint32Array(), -1);
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
      this.#stray.length = length;
      this.#stray.key = key;
      return this.#stray;
    }
    const gap = gapOf(length, wordsOf(bytes, from, length), key);
    before.followers.push(gap);
    this.#gaps++;
    return gap;
  }

  /** Whether a value and the gap behind it stand at `at`, as they did before. */
  stands(habit: Habit, bytes: DataView, at: number, end: number): boolean {
    return standsAt(bytes, at, end, habit);
  }

  /** Keeps a plain value that stands from `at` to `to` behind a gap, and the next gap with it. */
  expect(gap: Gap, next: Gap, bytes: DataView, at: number, to: number): void {
    const valueLength = to - at;
    const isStray = gap === this.#stray || next === this.#stray;
    if (isStray || gap.habitsLeft === 0 || valueLength > MAX_VALUE_BYTES) return;
    const length = valueLength + next.length;
    const isText = bytes.getUint8(at) === QUOTE;
    gap.habit = { length, words: wordsOf(bytes, at, length), valueLength, isText, next };
    gap.habitsLeft--;
  }
}

function gapOf(length: number, words: Uint32Array, key: number): Gap {
  return { length, words, key, followers: [], habit: undefined, habitsLeft: MAX_HABITS };
}

function standsAt(
  bytes: DataView,
  at: number,
  end: number,
  { words, length }: Pick<Gap, 'words' | 'length'>,
): boolean {
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
