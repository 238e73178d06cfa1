import { lastingMemory, type TableMemory } from '../matcher/table-memory.ts';
import { hasNative, native } from '../native.ts';

interface LargePages {
  untilLargePage(memory: Uint8Array): number;
  useLargePages(memory: Uint8Array): void;
}

/**
 * Memory that is moved into large pages once it is in use, by a thread of its own and where the kernel
 * can: a flood spends less time on looking pages up (bench matcher). Not before: a large page is as
 * much as 512 others when it is touched first, and an idle daemon's table takes none.
 */
export function largePages(): TableMemory {
  if (!hasNative()) return lastingMemory;
  const { untilLargePage, useLargePages } = native() as unknown as LargePages;
  return {
    allocate: (bytes) => {
      const memory = lastingMemory.allocate(bytes + LARGE_PAGE);
      const from = untilLargePage(memory);
      return memory.subarray(from, from + bytes);
    },
    settle: useLargePages,
  };
}

const LARGE_PAGE = 2 ** 21;
