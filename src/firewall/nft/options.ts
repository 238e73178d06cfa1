import type { Network } from '../../tuple/network.ts';
import type { FirewallError } from '../firewall-error.ts';
import type { Table } from './table.ts';

export interface NftFirewallOptions {
  /** Networks that guarded ports never shut out; default: none. */
  readonly trusted?: readonly Network[];
  /** The guard works on these interfaces alone; default: on all. */
  readonly guardInterfaces?: readonly string[];
  /** Bits that are set in the mark of packets from who has a grant, for other tables' rules; default: none. */
  readonly mark?: number | undefined;
  /** Grants at one time, default 65,536; the kernel's sets have room for a sixteenth more. */
  readonly maxGrants?: number;
  /** What `close` does with the table; default `keep`: guarded ports stay shut. */
  readonly onStop?: 'keep' | 'remove';
  /**
   * Whether guarded ports may be published by address translation, so that the guard must stand before
   * it too; default: if there is a nat chain, looked for again whenever the ruleset changes.
   */
  readonly published?: boolean | undefined;
  /** No element may live longer; default seven days. */
  readonly maxOpenMs?: number;
  /** How often to look whether others have changed the ruleset; default 500, 0: never. */
  readonly checkIntervalMs?: number;
  /** Told of each table that was made, and of its removal. */
  readonly onTable?: (table: Table | undefined) => void;
  /** Told of what a check found. */
  readonly onEvent?: (event: NftEvent) => void;
}

export type NftEvent =
  | { readonly kind: 'foreign elements removed'; readonly count: number }
  | { readonly kind: 'table made again'; readonly reason: 'it was gone' | 'a nat chain came' }
  | { readonly kind: 'check failed'; readonly error: FirewallError };

/** What a reload may change. */
export type TableSettings = Pick<
  NftSettings,
  'trusted' | 'guardInterfaces' | 'mark' | 'maxGrants' | 'published'
>;

/** Options with their defaults filled in. */
export type NftSettings = Required<Omit<NftFirewallOptions, 'published' | 'mark'>> & {
  readonly mark: number | undefined;
  readonly published: boolean | undefined;
};

export function settingsOf(options: NftFirewallOptions): NftSettings {
  return { ...DEFAULTS, ...options, published: options.published, mark: options.mark };
}

/** An element lives at least so long: 0 would mean for ever. */
export const MIN_OPEN_MS = 10;

const SEVEN_DAYS_MS = 604_800_000;

const DEFAULTS = {
  trusted: [],
  guardInterfaces: [],
  maxGrants: 65_536,
  onStop: 'keep',
  maxOpenMs: SEVEN_DAYS_MS,
  checkIntervalMs: 500,
  onTable: () => {},
  onEvent: () => {},
} as const;
