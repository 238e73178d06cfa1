import type { Network } from '../../tuple/network.ts';
import type { FirewallError } from '../firewall-error.ts';
import { GrantBook } from '../grant-book.ts';
import { GrantNumbers } from '../grant-numbers.ts';
import type { IsOurs } from './behind.ts';
import type { GrantKeeping } from './grant-file.ts';
import { NO_LISTS, type Lists } from './draw-lists.ts';
import type { GuardedPorts, PlacedPorts } from './open-ports.ts';
import type { Table } from './table.ts';
import { TableLock } from './table-lock.ts';

export interface NftFirewallOptions {
  /** Networks that guarded ports never shut out; default: none. */
  readonly trusted?: readonly Network[];
  /** The guard works on these interfaces alone; default: on all. */
  readonly guardInterfaces?: readonly string[];
  /**
   * Whether an address is this host's; default: every one is. Doors with another target are about ports of
   * the machine that has it.
   */
  readonly isOurs?: IsOurs;
  /** Bits that are set in the mark of packets from who has a grant, for other tables' rules; default: none. */
  readonly mark?: number | undefined;
  /** Grants at one time, default 65,536; the kernel's sets have room for a sixteenth more. */
  readonly maxGrants?: number;
  /** How many grants others keep that count against it as well; default: none. */
  readonly openElsewhere?: () => number;
  /** What `close` does with the table; default `keep`: guarded ports stay shut. */
  readonly onStop?: 'keep' | 'remove';
  /**
   * Whether guarded ports may be published by address translation, so that the guard must stand before
   * it too; default: if there is a nat chain, looked for again whenever the ruleset changes.
   */
  readonly published?: boolean | undefined;
  /** No element may live longer; default seven days. */
  readonly maxOpenMs?: number;
  /**
   * Whether the table belongs to the daemon's socket, so that nobody else can change or flush it while
   * the daemon lives; default no. Where the kernel would end it with the daemon it may guard nothing.
   */
  readonly owner?: boolean;
  /** Where grants are kept over a restart while the table ends with the daemon; default: nowhere. */
  readonly keeping?: GrantKeeping;
  /** What becomes of the grants of a door that a reload removes; default `close`. */
  readonly onDoorRemoved?: 'close' | 'keep';
  /**
   * How often to compare kernel and book though nobody told of a change; default a minute, which costs
   * one short call if nothing has changed. 0: never look at all, not even when told.
   */
  readonly checkIntervalMs?: number;
  /** Who is let in or shut out whatever knocks; default: nobody. */
  readonly lists?: Lists;
  /** Told of ports that were not guarded before and are about to be. */
  readonly onGuard?: (ports: readonly GuardedPorts[]) => void;
  /** Told of each table that was made, and of its removal. */
  readonly onTable?: (table: Table | undefined) => void;
  /** Ports that are guarded for the first time are so on trial for this long: then the kernel lifts the guard. */
  readonly trialMs?: number | undefined;
  /** Bytes of news about the ruleset that the kernel keeps for us; default 8 MiB. */
  readonly receiveBuffer?: number;
  /** Where grants get their numbers, if others get theirs there too. */
  readonly numbers?: GrantNumbers;
  /** Keeps other daemons out; shared with others of this process who write into the ruleset. */
  readonly lock?: TableLock;
  /** Told of what others did to the table, and what was done about it. */
  readonly onEvent?: (event: NftEvent) => void;
}

/** Events of one kind come at most once a second, with the sum of their counts. */
export type NftEvent =
  /** Elements that are no grants of ours were taken out of our sets. */
  | { readonly kind: 'foreign elements removed'; readonly count: number }
  /** Somebody deleted the elements of so many grants, and so revoked them. */
  | { readonly kind: 'grants revoked'; readonly count: number }
  /** Somebody had changed elements of grants, and they were set right. */
  | { readonly kind: 'elements repaired'; readonly count: number }
  /** Somebody had changed who is blocked by hand, and it was set right. */
  | { readonly kind: 'blocks put back'; readonly count: number }
  | { readonly kind: 'table made again'; readonly reason: Reason; readonly count: number }
  /** The kernel had more news of the ruleset than it could keep: all was compared. */
  | { readonly kind: 'news lost'; readonly count: number }
  /** These ports have no door any more, and are guarded all the same. */
  | {
      readonly kind: 'still guarded';
      readonly ports: readonly PlacedPorts[];
      readonly count: number;
    }
  /** A set of the administrator's is not there, or of no use, so doors that use it open nothing. */
  | {
      readonly kind: 'set missed';
      readonly set: string;
      readonly why: string;
      readonly count: number;
    }
  /** Such a set can be used again; so many elements of grants were put back into it. */
  | { readonly kind: 'set filled'; readonly set: string; readonly count: number }
  /** No door uses such a set any more: so many elements of ours were taken out of it. */
  | { readonly kind: 'set left'; readonly set: string; readonly count: number }
  /** What an earlier daemon wrote down of grants was of no use, or nothing can be written down. */
  | { readonly kind: 'grants not kept'; readonly why: string; readonly count: number }
  | { readonly kind: 'check failed'; readonly error: FirewallError; readonly count: number };

export type Reason =
  'it was gone' | 'it was altered' | 'a nat chain came' | 'a guard was confirmed';

/** What a reload may change. */
export type TableSettings = Pick<
  NftSettings,
  | 'trusted'
  | 'guardInterfaces'
  | 'isOurs'
  | 'mark'
  | 'maxGrants'
  | 'published'
  | 'onDoorRemoved'
  | 'onStop'
  | 'isOwner'
  | 'lists'
>;

/** Options with their defaults filled in. */
export type NftSettings = Required<
  Omit<NftFirewallOptions, 'published' | 'mark' | 'owner' | 'trialMs' | 'keeping'>
> & {
  readonly trialMs: number | undefined;
  readonly keeping?: GrantKeeping;
  readonly isOwner: boolean;
  /** How the table is owned; known when it is made. */
  readonly owner: 'no' | 'persist' | 'mortal';
  readonly mark: number | undefined;
  readonly published: boolean | undefined;
};

export function settingsOf(options: NftFirewallOptions): NftSettings {
  const { published, mark, trialMs, owner: isOwner = false } = options;
  return {
    ...DEFAULTS,
    numbers: new GrantNumbers(),
    lock: new TableLock(),
    ...options,
    published,
    mark,
    trialMs,
    isOwner,
    owner: 'no',
  };
}

/** An empty book for grants. */
export function bookBy({ maxGrants, numbers, openElsewhere }: NftSettings): GrantBook {
  return new GrantBook(maxGrants, numbers, openElsewhere);
}

/** An element lives at least so long: 0 would mean for ever. */
export const MIN_OPEN_MS = 10;

const SEVEN_DAYS_MS = 604_800_000;

const DEFAULTS = {
  trusted: [],
  lists: NO_LISTS,
  guardInterfaces: [],
  isOurs: (): boolean => true,
  maxGrants: 65_536,
  openElsewhere: (): number => 0,
  onStop: 'keep',
  maxOpenMs: SEVEN_DAYS_MS,
  checkIntervalMs: 60_000,
  receiveBuffer: 8 << 20,
  onDoorRemoved: 'close',
  onGuard: () => {},
  onTable: () => {},
  onEvent: () => {},
} as const;
