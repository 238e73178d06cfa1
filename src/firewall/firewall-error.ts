export type FirewallErrorCode =
  | 'FIREWALL_NO_PERMISSION'
  | 'FIREWALL_NO_NFTABLES'
  | 'FIREWALL_NO_ADDON'
  | 'FIREWALL_IN_USE'
  | 'FIREWALL_SET_FULL'
  | 'FIREWALL_UNKNOWN_DOOR'
  | 'FIREWALL_REFUSED';

/** A firewall that can't do what was asked: what it was doing, on which set, and why not. */
export class FirewallError extends Error {
  readonly code: FirewallErrorCode;
  /** What was being done, as in `open`, `make the table`. */
  readonly operation: string;
  /** The set that an element was meant for. */
  readonly set: string | undefined;

  constructor(
    code: FirewallErrorCode,
    operation: string,
    reason: string,
    options: { set?: string | undefined; cause?: unknown } = {},
  ) {
    super(
      `can't ${operation}: ${reason}`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'FirewallError';
    this.code = code;
    this.operation = operation;
    this.set = options.set;
  }
}
