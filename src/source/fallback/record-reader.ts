import type { CaptureErrorCode } from '../capture-error.ts';
import type { DecodingFailure } from '../capture-decoder.ts';
import type { Frame } from './frame.ts';

/** The bytes of a capture that are at hand. */
export interface Window {
  readonly bytes: DataView;
  /** Offset in the file of the first of them. */
  readonly offset: number;
  /** Whether the input ends where they do. */
  readonly isLast: boolean;
}

/** One record off the front of a window: `used` bytes, and the frame in them if it is a packet's. */
export interface Record {
  readonly used: number;
  readonly frame?: Frame;
}

/** Takes a capture apart. Undefined: the next record is not whole yet, or the input has ended. */
export interface RecordReader {
  readonly interfaces: readonly string[];
  next(window: Window): Record | undefined;
}

/** What makes a reader give up; the decoder turns it into its `failure`. */
export class Unreadable extends Error implements DecodingFailure {
  readonly code: CaptureErrorCode;
  readonly offset: number;
  readonly reason: string;

  constructor(code: CaptureErrorCode, offset: number, reason: string) {
    super(reason);
    this.code = code;
    this.offset = offset;
    this.reason = reason;
  }
}

/** Whether `count` bytes are there. Throws if they never will be. */
export function isWhole(window: Window, count: number, what: string): boolean {
  const { bytes, offset, isLast } = window;
  if (bytes.byteLength >= count) return true;
  if (isLast && bytes.byteLength > 0) {
    throw new Unreadable('CAPTURE_TRUNCATED', offset, `the file ends inside a ${what}`);
  }
  return false;
}

export function slice(bytes: DataView, at: number, length: number): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + at, length);
}

export function unsupportedLink(offset: number, linkType: number): Unreadable {
  return new Unreadable('CAPTURE_LINK_TYPE', offset, `link type ${linkType} not supported`);
}
