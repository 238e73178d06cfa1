import { TUPLE_COLUMNS } from './columns.ts';

/**
 * A batch of tuples: columns over one block of memory that a source fills again and again. It is on
 * loan during `match`; nothing may read it afterwards.
 */
export interface TupleBatch extends TupleColumns {
  /** The block itself: what the addon writes. */
  readonly memory: ArrayBuffer;
  /** Bytes of payload, for doors that ask for them; see `payloadOffset`. */
  readonly arena: Uint8Array;
  /** Rows there is room for. */
  readonly capacity: number;
  /** Rows that are filled. */
  length: number;
}

/** Units and meanings: native/batch/tuple_columns.h. */
export interface TupleColumns {
  readonly seconds: Float64Array;
  readonly nanoseconds: Uint32Array;
  readonly source0: Uint32Array;
  readonly source1: Uint32Array;
  readonly source2: Uint32Array;
  readonly source3: Uint32Array;
  readonly target0: Uint32Array;
  readonly target1: Uint32Array;
  readonly target2: Uint32Array;
  readonly target3: Uint32Array;
  readonly key0: Uint32Array;
  readonly key1: Uint32Array;
  readonly frameLength: Uint32Array;
  readonly payloadOffset: Uint32Array;
  readonly payloadLength: Uint32Array;
  readonly sourcePort: Uint16Array;
  readonly port: Uint16Array;
  readonly vlan: Uint16Array;
  readonly interface: Uint16Array;
  readonly flags: Uint16Array;
  readonly protocol: Uint8Array;
  readonly traits: Uint8Array;
  readonly verdict: Uint8Array;
}

/** Bits of the `traits` column. */
export const TRAIT = {
  ipv6: 1,
  firstFragment: 2,
  laterFragment: 4,
  atomicFragment: 8,
  complete: 16,
  ipv4: 32,
  extended: 64,
} as const;

export const NO_PAYLOAD = 0xffff_ffff;

const SIZES = { f64: 8, u32: 4, u16: 2, u8: 1 } as const;
const VIEWS = { f64: Float64Array, u32: Uint32Array, u16: Uint16Array, u8: Uint8Array } as const;

/** Columns lie one after another, each beginning at a multiple of 64 bytes. */
export function allocateBatch(capacity: number, arenaBytes = 0): TupleBatch {
  const memory = new ArrayBuffer(
    TUPLE_COLUMNS.reduce((size, [, type]) => size + columnBytes(SIZES[type] * capacity), 0),
  );
  const columns: Record<string, ArrayBufferView> = {};
  let offset = 0;
  for (const [name, type] of TUPLE_COLUMNS) {
    columns[name] = new VIEWS[type](memory, offset, capacity);
    offset += columnBytes(SIZES[type] * capacity);
  }
  const views = columns as unknown as TupleColumns;
  return { ...views, memory, arena: new Uint8Array(arenaBytes), capacity, length: 0 };
}

/** As native/batch/tuple_batch.h lays them out: whole cache lines, and one more, so that they fall in different sets. */
function columnBytes(bytes: number): number {
  return ((bytes + 63) & ~63) + 64;
}
