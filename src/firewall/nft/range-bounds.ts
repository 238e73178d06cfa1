import type { AddressFamily } from './range-sets.ts';

/** Bounds of ranges in the form that the addon sends: what native/netlink/intervals.h calls `Bounds`. */
export interface RangeBounds {
  readonly keys: Uint8Array;
  readonly isEnd: Uint8Array;
  /** Of beginnings; 0: for ever. Empty: all of them. */
  readonly timeoutMs: Float64Array;
}

/** The address behind a range ends it; a range up to the very last address needs no end. */
export function boundsOf(
  ranges: Uint32Array,
  family: AddressFamily,
  timeoutMs?: readonly number[],
): RangeBounds {
  const size = family === 4 ? 1 : 4;
  const count = ranges.length / (2 * size);
  const words = new DataView(new ArrayBuffer(2 * count * size * 4));
  const isEnd = new Uint8Array(2 * count);
  const times = new Float64Array(timeoutMs === undefined ? 0 : 2 * count);
  let used = 0;
  for (let range = 0; range < count; range++) {
    const at = range * 2 * size;
    for (let word = 0; word < size; word++) {
      words.setUint32((used * size + word) * 4, ranges[at + word]!);
    }
    if (timeoutMs !== undefined) times[used] = timeoutMs[range]!;
    used++;
    let carry = 1;
    for (let word = size - 1; word >= 0; word--) {
      const next = ranges[at + size + word]! + carry;
      words.setUint32((used * size + word) * 4, next >>> 0);
      carry = next > 0xffff_ffff ? 1 : 0;
    }
    if (carry === 0) isEnd[used++] = 1;
  }
  return {
    keys: new Uint8Array(words.buffer, 0, used * size * 4),
    isEnd: isEnd.subarray(0, used),
    timeoutMs: timeoutMs === undefined ? times : times.subarray(0, used),
  };
}

/** What of sorted ranges stands in one list and not in the other. */
export function differences(
  before: Uint32Array,
  after: Uint32Array,
  family: AddressFamily,
): { readonly gone: Uint32Array; readonly fresh: Uint32Array } {
  const size = family === 4 ? 2 : 8;
  const gone: number[] = [];
  const fresh: number[] = [];
  let [a, b] = [0, 0];
  while (a < before.length || b < after.length) {
    const order = compare(before, a, after, b, size);
    if (order <= 0) a += size;
    if (order >= 0) b += size;
    if (order < 0) gone.push(...before.subarray(a - size, a));
    if (order > 0) fresh.push(...after.subarray(b - size, b));
  }
  return { gone: Uint32Array.from(gone), fresh: Uint32Array.from(fresh) };
}

/** What is at its end comes behind all that is not. */
function compare(
  before: Uint32Array,
  a: number,
  after: Uint32Array,
  b: number,
  size: number,
): number {
  if (a >= before.length) return 1;
  if (b >= after.length) return -1;
  for (let word = 0; word < size; word++) {
    const difference = before[a + word]! - after[b + word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
