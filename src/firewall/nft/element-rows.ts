import type { NftAddon } from './addon.ts';

/**
 * Elements on their way to the kernel or from it, a row each, in one block of memory that the addon
 * reads and writes. Units and meanings: native/netlink/element_columns.h.
 */
export interface ElementRows {
  readonly memory: ArrayBuffer;
  readonly capacity: number;
  readonly timeoutMs: Float64Array;
  readonly deadlineMs: Float64Array;
  readonly grant: Float64Array;
  readonly word0: Uint32Array;
  readonly word1: Uint32Array;
  readonly word2: Uint32Array;
  readonly word3: Uint32Array;
  readonly door: Uint32Array;
  readonly giver: Uint32Array;
  readonly port: Uint16Array;
  readonly error: Uint16Array;
  readonly set: Uint8Array;
  readonly protocol: Uint8Array;
  readonly action: Uint8Array;
}

/** What is to become of a row's element. */
export const ACTION = { add: 0, renew: 1, remove: 2, plain: 3, none: 4 } as const;

/** In `door` of a row that was read: no door of ours has this tag. */
export const NO_DOOR = 0xffff_ffff;

const COLUMNS = [
  ['timeoutMs', 'f64'],
  ['deadlineMs', 'f64'],
  ['grant', 'f64'],
  ['word0', 'u32'],
  ['word1', 'u32'],
  ['word2', 'u32'],
  ['word3', 'u32'],
  ['door', 'u32'],
  ['giver', 'u32'],
  ['port', 'u16'],
  ['error', 'u16'],
  ['set', 'u8'],
  ['protocol', 'u8'],
  ['action', 'u8'],
] as const;

const SIZES = { f64: 8, u32: 4, u16: 2, u8: 1 } as const;
const VIEWS = { f64: Float64Array, u32: Uint32Array, u16: Uint16Array, u8: Uint8Array } as const;

export function allocateRows(capacity: number): ElementRows {
  const size = COLUMNS.reduce((sum, [, type]) => sum + align8(SIZES[type] * capacity), 0);
  return rowsOver(new ArrayBuffer(size), capacity);
}

/** Views over memory that the addon has filled. */
export function rowsOver(memory: ArrayBuffer, capacity: number): ElementRows {
  const views: Record<string, ArrayBufferView> = {};
  let offset = 0;
  for (const [name, type] of COLUMNS) {
    views[name] = new VIEWS[type](memory, offset, capacity);
    offset += align8(SIZES[type] * capacity);
  }
  return { memory, capacity, ...views } as unknown as ElementRows;
}

/** Throws if the addon lays rows out otherwise. */
export function checkElementLayout({ NftSocket }: NftAddon): void {
  const found = NftSocket.elementLayout.map(({ name, type }) => `${name}:${type}`).join();
  if (found !== COLUMNS.map((column) => column.join(':')).join()) {
    throw new Error(`the native addon is of another build: its elements are ${found}`);
  }
}

function align8(bytes: number): number {
  return (bytes + 7) & ~7;
}
