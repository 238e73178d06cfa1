/** Why a request came to nothing; the codes are part of the protocol. */
export type ControlErrorCode =
  | 'BAD_REQUEST'
  | 'TOO_LONG'
  | 'UNSUPPORTED_VERSION'
  | 'DENIED'
  | 'NO_SUCH_DOOR'
  | 'REFUSED'
  | 'FAILED';

/** An answer to whoever asked; nothing has changed. */
export class ControlError extends Error {
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
