/** Gives zeroed memory that costs nothing until it is touched. */
export type Allocate = (bytes: number) => ArrayBuffer | SharedArrayBuffer;

/** Pages of browsers have no memory that threads share, and a lab's table is small. */
const Memory = globalThis.SharedArrayBuffer ?? ArrayBuffer;

/**
 * Memory that lasts as long as the program. It is of the kind that threads can share, though none does:
 * V8 counts the others as what a collection might give back, and collects twice at each start for 60 MB.
 */
export const tableMemory: Allocate = (bytes) => new Memory(bytes);
