import type { Interest } from '../matcher/interest.ts';

/** What the addon's `Ring` takes; see native/binding/ring.h. */
export interface NativeRingOptions {
  /** Empty: all interfaces. */
  readonly interface: string;
  readonly index: number;
  readonly memory: ArrayBuffer;
  readonly arena: Uint8Array;
  readonly capacity: number;
  readonly key: Uint8Array;
  readonly interest: Interest;
  readonly slotBytes: number;
  readonly slots: number;
  readonly hearsOutgoing?: boolean;
  /** Of `clockOffsets().wall` when the source began, in microseconds. */
  readonly clockOrigin: number;
  readonly fanout?: NativeFanout | undefined;
  /** 0, or a negative number if the socket has an error: then the watch is over. */
  readonly onReadable: (status: number) => void;
}

/** The group that a ring joins; undefined: a new one. Any number will do, 0 as well. */
export interface NativeFanout {
  readonly group: number | undefined;
  readonly workers: number;
  readonly seed: number;
}

/** One packet ring. Errors look like Node's own system errors. */
export interface NativeRing {
  /** Rows filled. */
  drain(): number;
  /** Frames that the last drain took off the ring, wanted or not. */
  framesTaken(): number;
  /** Whether the last drain took all that had arrived. */
  isEmpty(): boolean;
  /** Whether a frame lies there that no drain has taken. */
  hasFrame(): boolean;
  watch(): void;
  unwatch(): void;
  setInterest(interest: Interest): void;
  /** Fills in the counters in their order, then bytes. */
  counters(into: Float64Array): void;
  /** Frames that the kernel had no free slot for, in all. */
  dropped(): number;
  /** The pending errno, 0 if none; reading clears it. */
  takeError(): number;
  /** The kernel's number of the interface that it was opened on; 0: all of them. */
  interfaceIndex(): number;
  /** The kernel's number of the group of rings that it shares with; undefined: it shares with none. */
  group(): number | undefined;
  /** Passes over frames from the links with these numbers, ascending. */
  passOver(links: Uint32Array): void;
  /** How far the wall clock has been set ahead since `clockOrigin`, in microseconds. */
  wallShift(): number;
  /** For tests: as if the wall clock had been set ahead by so many seconds, and as if frames had been stamped by a clock so many ahead. */
  pretendStep(clockSeconds: number, stampSeconds: number): void;
  /** ARPHRD_* of the interface (linux/if_arp.h). */
  hardware(): number;
  /** Whether the interface still exists. */
  isBound(): boolean;
  /** Totals can still be asked for. */
  close(): void;
}
