import type { Interest } from '../matcher/interest.ts';
import { native } from '../native.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import type { CaptureErrorCode } from './capture-error.ts';
import type { LineCounters } from './source.ts';

/**
 * Turns the bytes of a capture into rows of a batch. The addon's `Capture` is one; where there is no
 * addon, the decoder in fallback/ does the same, slowly.
 */
export interface CaptureDecoder {
  /**
   * Fills the batch from its first row and returns the number of rows. Does a bounded amount of work, so
   * 0 rows say nothing: `state` does.
   */
  drain(): number;
  /**
   * `ready`: drain again. `hungry`: feed more bytes, or end. `failed`: what was readable has been
   * delivered, and `failure` says what comes next.
   */
  readonly state: 'ready' | 'hungry' | 'ended' | 'failed';
  readonly failure: DecodingFailure | undefined;
  /** Takes a copy of what it has not read yet. */
  feed(chunk: Uint8Array): void;
  end(): void;
  /** Bytes of the (unpacked) capture that have been read. */
  readonly position: number;
  /** Names of the interfaces met so far; empty where the capture gives none. */
  readonly interfaces: readonly string[];
  /** Fills in the totals of `COUNTERS` in order, then the bytes on the wire. */
  counters(into: Float64Array): void;
  /** Of a log: what became of its lines. */
  lineCounters?(): LineCounters;
  setInterest(interest: Interest): void;
  close(): void;
}

export interface DecodingFailure {
  readonly code: CaptureErrorCode;
  readonly offset: number;
  readonly reason: string;
}

export interface DecoderOptions {
  readonly batch: TupleBatch;
  readonly interest: Interest;
  /** 16 bytes; see tuple/source-key.ts. */
  readonly sourceKey: Uint8Array;
  /** Whether frames that no door wants, and those that are no tuples, get a row as well. */
  readonly everyPacket: boolean;
}

type NativeCapture = new (options: {
  readonly fd?: number;
  readonly memory: ArrayBuffer;
  readonly arena: Uint8Array;
  readonly capacity: number;
  readonly interest: Interest;
  readonly key: Uint8Array;
  readonly everyPacket: boolean;
}) => CaptureDecoder;

/** The addon's decoder: of the regular file behind `fd` (which it maps, and which may be closed then), or of what it is fed. */
export function nativeDecoder(options: DecoderOptions, fd?: number): CaptureDecoder {
  const { Capture } = native() as unknown as { Capture: NativeCapture };
  const { batch, interest, sourceKey, everyPacket } = options;
  const { memory, arena, capacity } = batch;
  const common = { memory, arena, capacity, interest, key: sourceKey, everyPacket };
  return new Capture(fd === undefined ? common : { ...common, fd });
}
