import type { OpenPorts } from '../../door/door.ts';
import type { Address } from '../../tuple/address.ts';
import type { PortProtocol } from '../../tuple/protocol.ts';
import type { AddressRange } from './address-range.ts';

/**
 * A table of nftables as plain data: what the kernel is told (write-table.ts) and what `--dry-run` prints
 * (print.ts) come from one value.
 */
export interface Table {
  readonly name: string;
  readonly sets: readonly TableSet[];
  /** In an order in which every chain stands before those that go to it. */
  readonly chains: readonly Chain[];
}

/** What a set's key consists of; the numbers are the addon's. */
export const KEY = {
  address4: 0,
  address6: 1,
  address4ProtocolPort: 2,
  address6ProtocolPort: 3,
  port: 4,
  interface: 5,
  protocolPort: 6,
  address6Port: 7,
  address4Port: 8,
} as const;

export type Key = (typeof KEY)[keyof typeof KEY];

export type TableSet = GrantSet | LiveSet | ConstantSet | TimedServices | RangeSet | ShutSet;

/** A set whose elements are grants: every one of them has an end. */
export interface GrantSet {
  readonly kind: 'grants';
  readonly name: string;
  readonly key: Key;
  /** Length of the prefix that a packet's address is masked to before it is looked up. */
  readonly prefix: number;
  /** Elements at most. */
  readonly size: number;
  /** The ports that it is about; undefined: the key names protocol and port. */
  readonly range?: OpenPorts;
  /** The administrator's table that it lies in, as in `inet filter`; undefined: ours. */
  readonly table?: string;
  /** The machine behind this host whose ports they are; undefined: they are this host's. */
  readonly behind?: Behind;
  /** The set that a packet's source must stand in besides. */
  readonly live?: LiveSet;
}

/** Ports of a machine behind this host. */
export interface MachinePorts {
  readonly address: Address;
  readonly ports: OpenPorts;
}

/** How packets come to them. */
export interface Behind extends MachinePorts {
  /** Connections are sent on there; otherwise they name the machine themselves. */
  readonly isTranslated: boolean;
}

/** Sources with a grant that are not silent: each of their packets begins their time here anew. */
export interface LiveSet {
  readonly kind: 'live';
  readonly name: string;
  readonly key: Key;
  readonly size: number;
  /** How long they may be silent. */
  readonly idleMs: number;
}

/** A port of a protocol, by its IP protocol number. */
export interface Service {
  readonly protocol: number;
  readonly port: number;
}

/**
 * Ports that are something for a time. Such a set belongs to the administrator, who needs no daemon for
 * it: what is in it is left alone, and the kernel ends it.
 */
export interface TimedServices {
  readonly kind: 'timed services';
  readonly name: string;
  readonly key: Key;
}

/** What a trial is made of. */
export interface TrialSets {
  /** Ports whose guard is tried: it is in force as long as they stand here. */
  readonly trial: TimedServices;
  /** The ports on trial themselves; they stand there until the trial is confirmed. */
  readonly onTrial: TimedServices;
}

/** A list of addresses that may be very long. It outlives the table that it was made with. */
export interface RangeSet {
  readonly kind: 'ranges';
  readonly name: string;
  readonly family: 4 | 6;
  /** Words of first and last addresses, as `AddressRanges` has them. */
  readonly ranges: Uint32Array;
  readonly hasCounters: boolean;
}

/** Ranges that are blocked by hand or for scanning, with ends of their own; filled when the table is made. */
export interface ShutSet {
  readonly kind: 'shut';
  readonly name: string;
  readonly family: 4 | 6;
}

/** A set that is filled when the table is made. */
export type ConstantSet =
  | { readonly kind: 'ports'; readonly name: string; readonly ports: readonly number[] }
  | { readonly kind: 'services'; readonly name: string; readonly services: readonly Service[] }
  | { readonly kind: 'interfaces'; readonly name: string; readonly names: readonly string[] }
  | {
      readonly kind: 'networks';
      readonly name: string;
      readonly family: 4 | 6;
      /** Rising, and no two overlap. */
      readonly ranges: readonly AddressRange[];
    };

/** Where a base chain stands; `nat` is at prerouting too, and sees the first packet of a connection alone. */
export type Place = 'input' | 'prerouting' | 'forward' | 'nat';

export interface Chain {
  readonly name: string;
  /** Undefined: packets come here by `goto` alone. */
  readonly hook?: { readonly at: Place; readonly priority: number };
  readonly rules: readonly Rule[];
}

/** All matches must hold, in this order. */
export interface Rule {
  readonly matches: readonly Match[];
  readonly verdict: Verdict;
  readonly comment?: string;
}

export type Match =
  | {
      readonly kind: 'ports';
      readonly protocol: PortProtocol;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'port set'; readonly protocol: PortProtocol; readonly set: string }
  | { readonly kind: 'not new tcp' }
  | { readonly kind: 'loopback' }
  | { readonly kind: 'other interfaces'; readonly set: string }
  | { readonly kind: 'local target' }
  | { readonly kind: 'target'; readonly address: Address }
  /** Protocol and port stand in a set, or do not. */
  | { readonly kind: 'service'; readonly set: string; readonly isNot: boolean }
  | {
      readonly kind: 'source';
      readonly set: string;
      readonly key: Key;
      readonly prefix: number;
      /** A set that must hold it too, and where its time then begins anew. */
      readonly live?: string;
    };

export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'counter drop' }
  | { readonly kind: 'send on'; readonly address: Address; readonly port: number }
  /** Sets bits of the packet's mark; its way goes on. */
  | { readonly kind: 'mark'; readonly bits: number }
  | { readonly kind: 'goto'; readonly chain: string };

/** Elements end at the latest after this time if they name none themselves, which ours never do. */
export const DEFAULT_TIMEOUT_MS = 3_600_000;
/** How often the kernel collects expired elements, which count against the size until then. */
export const COLLECT_INTERVAL_MS = 1000;
