import type { CountedRange } from '../block.ts';
import type { FoundBounds } from './addon.ts';

/** Ranges of a dump, with what they counted. */
export function countedRanges(found: FoundBounds | undefined, family: 4 | 6): CountedRange[] {
  if (found === undefined) return [];
  const size = family === 4 ? 4 : 16;
  const words = new DataView(found.keys.buffer, found.keys.byteOffset, found.keys.byteLength);
  const read = (at: number): number[] =>
    Array.from({ length: size / 4 }, (_, word) => words.getUint32(at * size + word * 4));
  const order = Array.from(found.isEnd, (_, at) => at).sort(
    (a, b) => compareKeys(found.keys, size, a, b) || found.isEnd[b]! - found.isEnd[a]!,
  );
  return order.flatMap((at, nth): CountedRange[] => {
    if (found.isEnd[at] === 1) return [];
    const end = order[nth + 1];
    const last =
      end === undefined
        ? Array.from<number>({ length: size / 4 }).fill(0xffff_ffff)
        : before(read(end));
    const [packets, bytes] = [found.packets[at]!, found.bytes[at]!];
    return [{ family, words: [...read(at), ...last], packets, bytes }];
  });
}

function compareKeys(keys: Uint8Array, size: number, a: number, b: number): number {
  for (let at = 0; at < size; at++) {
    const difference = keys[a * size + at]! - keys[b * size + at]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The address in front of one. */
function before(words: readonly number[]): number[] {
  const [...result] = words;
  for (let at = result.length - 1; at >= 0; at--) {
    const isBorrowed = result[at] === 0;
    result[at] = (result[at]! - 1) >>> 0;
    if (!isBorrowed) break;
  }
  return result;
}
