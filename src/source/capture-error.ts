/** An input that can't be read: which one, where, and what to do. */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode;
  /** Path, `-` for standard input, or an interface's name. */
  readonly input: string;
  /** The message without the input and the offset. */
  readonly reason: string;
  /** Offset in the (unpacked) file in bytes, where one is known. */
  readonly offset: number | undefined;

  constructor(
    code: CaptureErrorCode,
    input: string,
    reason: string,
    options: { offset?: number; cause?: unknown } = {},
  ) {
    const at = options.offset === undefined ? '' : ` at offset ${options.offset}`;
    super(`${input}${at}: ${reason}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'CaptureError';
    this.code = code;
    this.input = input;
    this.reason = reason;
    this.offset = options.offset;
  }
}

export type CaptureErrorCode =
  | 'CAPTURE_NOT_READABLE'
  | 'CAPTURE_NOT_A_CAPTURE'
  | 'CAPTURE_TRUNCATED'
  | 'CAPTURE_CORRUPT'
  | 'CAPTURE_LINK_TYPE'
  | 'CAPTURE_NO_INTERFACE'
  | 'CAPTURE_NO_PERMISSION'
  | 'CAPTURE_NO_ADDON'
  | 'CAPTURE_FAILED';
