/** Where a matcher's table of attempts lies. */
export interface TableMemory {
  /** Zeroed memory that costs nothing until it is touched. It begins where a cache line does, where that can be had. */
  allocate(bytes: number): Uint8Array;
  /** What was given has something in nearly each of its pages by now. */
  settle(memory: Uint8Array): void;
}

/** Pages of browsers have no memory that threads share, and a lab's table is small. */
const Lasting = globalThis.SharedArrayBuffer ?? ArrayBuffer;

/**
 * Memory that lasts as long as the program. It is of the kind that threads can share, though none does:
 * V8 counts the other kind as what a collection might give back, and collects twice at each start for 60 MB.
 */
export const lastingMemory: TableMemory = {
  allocate: (bytes) => new Uint8Array(new Lasting(bytes)),
  settle: () => {},
};

/** Memory that may be garbage one day, for instance after a reload: V8 counts it, and so collects it in time. */
export const passingMemory: TableMemory = {
  allocate: (bytes) => new Uint8Array(bytes),
  settle: () => {},
};
