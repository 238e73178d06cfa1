import { native, type NativeAddon } from '../../native.ts';
import { FirewallError } from '../firewall-error.ts';
import type { Place } from './table.ts';

/** What the addon has for nftables. Constants of the kernel stay on its side. */
export interface NftAddon {
  readonly NftSocket: {
    readonly elementLayout: readonly { readonly name: string; readonly type: string }[];
    /** Throws like Node's own calls where there is no nfnetlink. */
    new (
      table: string,
      bootId: Uint8Array,
      maxTimeoutMs: number,
      rows: ArrayBuffer,
      capacity: number,
    ): NftSocket;
  };
  /** What `socket` does is not news. */
  readonly NftEvents: new (
    table: string,
    socket: NftSocket,
    receiveBuffer: number,
    callback: () => void,
  ) => NftEvents;
  /** Throws like Node's own calls. `set`: index of one that was described to the socket. */
  readonly NftSetReading: new (socket: NftSocket, set: number) => NftSetReading;
  readonly NftTransaction: new (socket: NftSocket) => NftTransaction;
}

/** One persistent netlink socket, and the rows that it was made with. All calls block for microseconds. */
export interface NftSocket {
  /** What the indices in rows mean. */
  describe(
    setNames: readonly string[],
    setKeys: Uint8Array,
    doorComments: readonly string[],
    doorHashes: Uint32Array,
    /** Each set's, as in `inet filter`. */
    setTables: readonly string[],
  ): void;
  /**
   * Sends the first rows as one transaction. Returns how many were refused, each with its errno in the
   * column `error`; then nothing was done for the others either. Throws where it is not about a row.
   */
  apply(count: number): number;
  /**
   * Looks each of the first rows up by its key; how many are not there. The column `error` says ENOENT of
   * those, and EEXIST where the element is not ours.
   */
  find(count: number): number;
  /** What `apply` would send. */
  encode(count: number): Buffer;
  /** All elements of a set; undefined if there is no such set. */
  readSet(set: number): FoundRows | undefined;
  /** All bounds of a set of ranges, in no order; undefined if there is no such set. */
  readBounds(set: string, key: number): FoundBounds | undefined;
  /** A line on a set (native/sys/ruleset.h); undefined if there is none. */
  setForm(set: number): string | undefined;
  /** Lines on the table's objects and on these sets' elements (native/netlink/table_state.h); undefined if there is no table. */
  tableState(sets: readonly string[]): readonly string[] | undefined;
  hasNatChain(): boolean;
  /** Lines on other tables' chains (native/netlink/other_chains.h). */
  otherChains(): readonly string[];
  /** Every transaction of anybody in this network namespace adds one. */
  generation(): number;
  /** The kernel's own words about the last refusal; often empty. */
  reason(): string;
  close(): void;
}

/** The elements of a set, piece by piece: what comes, moves or goes meanwhile may be missing or there twice. */
export interface NftSetReading {
  /** Some hundred of them, within a millisecond; undefined after the last, or if there is no such set. */
  next(): FoundRows | undefined;
  close(): void;
}

/** Memory that `rowsOver` makes rows of. */
export interface FoundRows {
  readonly memory: ArrayBuffer;
  readonly count: number;
}

/** Columns of what a dump says of ranges, in the form of `RangeBounds`. */
export interface FoundBounds {
  readonly keys: Uint8Array;
  readonly isEnd: Uint8Array;
  /** 0: for ever. */
  readonly leftMs: Float64Array;
  readonly packets: Float64Array;
  readonly bytes: Float64Array;
}

/** Hears of others' changes to the ruleset. The callback asks `take` what they were. */
export interface NftEvents {
  /** Whether to listen at all; at first it does. */
  hear(isWanted: boolean): void;
  take(): NftNews;
  close(): void;
}

/** What has changed since the last call. */
export interface NftNews {
  /** Something in the table was made, altered or deleted. */
  readonly toTable: boolean;
  /** A chain that translates addresses was made. */
  readonly ofNat: boolean;
  /** There was more than the kernel could keep for us. */
  readonly isLost: boolean;
  /** Elements of described sets that were put in or taken out: the first of them, if any. */
  readonly elements?: FoundRows;
}

/** Statements about the socket's table, committed as one. A refusal throws, and then nothing was done. */
export interface NftTransaction {
  createTable(flags: number): void;
  deleteTable(): void;
  createSet(
    name: string,
    key: number,
    isInterval: boolean,
    size: number,
    timeoutMs: number,
    collectIntervalMs: number,
    isDynamic: boolean,
  ): void;
  createChain(name: string): void;
  createBaseChain(name: string, place: Place, priority: number): void;
  addConstant(set: string, key: Uint8Array, isIntervalEnd: boolean): void;
  removeConstant(set: string, key: Uint8Array): void;
  addElements(memory: ArrayBuffer, capacity: number, count: number): void;
  /** `key` of ranges: 0 for IPv4, 1 for IPv6. */
  createIntervalSet(name: string, key: number, hasTimeouts: boolean, hasCounters: boolean): void;
  addBounds(
    set: string,
    key: number,
    keys: Uint8Array,
    isEnd: Uint8Array,
    timeoutMs: Float64Array,
  ): void;
  removeBounds(
    set: string,
    key: number,
    keys: Uint8Array,
    isEnd: Uint8Array,
    timeoutMs: Float64Array,
  ): void;
  emptySet(name: string): void;
  /** All of the table's. */
  deleteRules(): void;
  deleteChain(name: string): void;
  deleteSet(name: string): void;
  openRule(chain: string): void;
  matchPorts(protocol: number, from: number, to: number): void;
  matchPortSet(protocol: number, set: string): void;
  matchNotNewTcp(): void;
  matchLoopback(): void;
  matchOtherInterfaces(set: string): void;
  matchLocalTarget(): void;
  matchService(set: string, isNot: boolean): void;
  matchSource(set: string, key: number, prefix: number): void;
  /** Behind `matchSource`: the same key stands in this set too, where its time begins anew. */
  matchAndRenew(set: string): void;
  /** Of 4 or 16 bytes, as in `sendOn`. */
  matchTarget(address: Uint8Array): void;
  /** Behind a match of the address's family, in a chain at `nat`. */
  sendOn(address: Uint8Array, port: number): void;
  count(): void;
  mark(bits: number): void;
  accept(): void;
  drop(): void;
  goto(chain: string): void;
  closeRule(comment: string): void;
  commit(): void;
}

export function nftAddon(): NftAddon {
  try {
    return native() as NativeAddon & NftAddon;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FirewallError('FIREWALL_NO_ADDON', 'speak to nftables', reason, { cause });
  }
}
