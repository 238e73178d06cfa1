/** Gives zeroed memory that costs nothing until it is touched. */
export type Allocate = (bytes: number) => ArrayBuffer | SharedArrayBuffer;

/** Pages of browsers have no memory that threads share, and a lab's table is small. */
const Lasting = globalThis.SharedArrayBuffer ?? ArrayBuffer;

/**
 * Memory that lasts as long as the program. It is of the kind that threads can share, though none does:
 * V8 counts the other kind as what a collection might give back, and collects twice at each start for 60 MB.
 */
export const lastingMemory: Allocate = (bytes) => new Lasting(bytes);

/** Memory that may be garbage one day, for instance after a reload: V8 counts it, and so collects it in time. */
export const passingMemory: Allocate = (bytes) => new ArrayBuffer(bytes);
