import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Interest } from '../matcher/interest.ts';
import { native, nativeProblem } from '../native.ts';
import { allocateBatch, type TupleBatch } from '../tuple/batch.ts';
import { CaptureError } from './capture-error.ts';
import { clockOffsets } from './clock-offsets.ts';
import { namedCounters } from './named-counters.ts';
import type { SourceCounters, TupleSource } from './source.ts';

export interface NflogOptions {
  /** Groups that rules log to, from 0 to 65,535. */
  readonly groups: readonly number[];
  readonly interest: Interest;
  /** Rows of the batch. Default 4,096. */
  readonly capacity?: number;
  /** Bytes of a packet, from its IP header on; longer ones are cut. Default 176, as much as a ring keeps. */
  readonly snapLength?: number;
  /** Bytes of payload that the batch may carry. Default 0: none. */
  readonly arenaBytes?: number;
  /** Secret of the source hash, 16 bytes. Default random. */
  readonly sourceKey?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** The addon's side; see native/binding/packet_log.h. */
interface NativePacketLog {
  drain(): number;
  packetsTaken(): number;
  isEmpty(): boolean;
  gather(isWanted: boolean): void;
  watch(): void;
  unwatch(): void;
  setInterest(interest: Interest): void;
  counters(into: Float64Array): void;
  dropped(): number;
  close(): void;
}

/** A drain that brings so many packets is a busy one: then the kernel gathers some before it hands them over. */
const BUSY_PACKETS = 64;
/** So many drains in a row that were not busy end that. */
const QUIET_DRAINS = 8;
/** While it is busy, the socket is emptied by the clock. */
const PAUSE_MS = 4;
/** Work without a pause for the event loop. */
const TURN_MS = 3;

/**
 * Hears the packets that rules of nftables or iptables log to groups (`log group 5`). Needs
 * CAP_NET_ADMIN. Fails with a `CaptureError`: `CAPTURE_NO_PERMISSION`, also for a group that another
 * program listens to, `CAPTURE_NO_ADDON` or `CAPTURE_FAILED`.
 */
export async function openNflog(options: NflogOptions): Promise<TupleSource> {
  return new NflogSource(options);
}

class NflogSource implements TupleSource {
  readonly name: string;
  readonly interfaces: readonly string[];
  readonly #batch: TupleBatch;
  readonly #log: NativePacketLog;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.close();
  #wake: (() => void) | undefined;
  #isBusy = false;
  #quietDrains = 0;
  #isClosed = false;

  constructor(options: NflogOptions) {
    this.name = options.groups.map((group) => `nflog:${group}`).join(',');
    this.interfaces = [this.name];
    this.#batch = allocateBatch(options.capacity ?? 4096, options.arenaBytes ?? 0);
    this.#log = openNative(this.name, options, this.#batch, () => this.#onReadable());
    this.#signal = options.signal;
    if (this.#signal?.aborted === true) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TupleBatch, void, void> {
    let turnStartedMs = performance.now();
    while (!this.#isClosed) {
      this.#batch.length = this.#log.drain();
      const [packets, isEmpty] = [this.#log.packetsTaken(), this.#log.isEmpty()];
      if (this.#batch.length > 0) yield this.#batch;
      if (this.#isClosed) return;
      this.#notePace(packets);
      if (isEmpty) await this.#rest();
      else if (performance.now() - turnStartedMs > TURN_MS) await nextTurn();
      else continue;
      turnStartedMs = performance.now();
    }
  }

  counters(): SourceCounters {
    const dropped = this.#log.dropped();
    return namedCounters((into) => this.#log.counters(into), { dropped, freezes: 0 });
  }

  setInterest(interest: Interest): void {
    this.#log.setInterest(interest);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#log.close();
    this.#wake?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #notePace(packets: number): void {
    if (packets >= BUSY_PACKETS) this.#quietDrains = 0;
    else if (this.#isBusy) this.#quietDrains++;
    const isBusy = packets >= BUSY_PACKETS || (this.#isBusy && this.#quietDrains < QUIET_DRAINS);
    if (isBusy === this.#isBusy) return;
    this.#isBusy = isBusy;
    this.#log.gather(isBusy);
  }

  /** The socket is empty: waits for the next packet, or for the clock while there are many. */
  async #rest(): Promise<void> {
    if (this.#isBusy) {
      await sleep(PAUSE_MS);
      return;
    }
    this.#log.watch();
    await new Promise<void>((wake) => (this.#wake = wake));
    this.#wake = undefined;
  }

  /** An error wakes as well: the next drain reads past it. */
  #onReadable(): void {
    this.#log.unwatch();
    this.#wake?.();
  }
}

function openNative(
  name: string,
  options: NflogOptions,
  { memory, arena, capacity }: TupleBatch,
  onReadable: () => void,
): NativePacketLog {
  const why = nativeProblem();
  if (why !== undefined) throw new CaptureError('CAPTURE_NO_ADDON', name, why);
  const { PacketLog } = native() as unknown as {
    readonly PacketLog: new (options: object) => NativePacketLog;
  };
  const { interest, snapLength = 176, sourceKey: key = randomBytes(16) } = options;
  const groups = Uint16Array.from(options.groups);
  const clockOrigin = clockOffsets().wall;
  const shared = { memory, arena, capacity, key, interest, clockOrigin, onReadable };
  try {
    return new PacketLog({ ...shared, groups, snapLength });
  } catch (cause) {
    if (cause instanceof TypeError) throw cause;
    throw explained(name, options.groups, cause as NodeJS.ErrnoException);
  }
}

/** The kernel answers alike to who lacks the right and to who comes second. */
function explained(
  name: string,
  groups: readonly number[],
  cause: NodeJS.ErrnoException,
): CaptureError {
  const isRefused = cause.code === 'EPERM' || cause.code === 'EBUSY';
  if (!isRefused) return new CaptureError('CAPTURE_FAILED', name, cause.message, { cause });
  const taken = groups.find((group) => isTaken(group));
  const reason =
    taken === undefined
      ? 'listening to a log group needs CAP_NET_ADMIN'
      : `another program listens to group ${taken}; see /proc/net/netfilter/nfnetlink_log`;
  return new CaptureError('CAPTURE_NO_PERMISSION', name, reason, { cause });
}

/** Whether some program listens to this group of this namespace; false where that can't be known. */
export function isTaken(group: number): boolean {
  try {
    const lines = readFileSync('/proc/net/netfilter/nfnetlink_log', 'utf8').split('\n');
    return lines.some((line) => Number(line.trim().split(/\s+/)[0] || Number.NaN) === group);
  } catch {
    return false;
  }
}
