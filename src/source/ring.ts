import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Interest } from '../matcher/interest.ts';
import { native } from '../native.ts';
import { allocateBatch, type TupleBatch } from '../tuple/batch.ts';
import { COUNTERS, type CounterName } from '../tuple/columns.ts';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';
import type { NativeRing, NativeRingOptions } from './native-ring.ts';
import type { SourceCounters, TupleSource } from './source.ts';

export interface RingOptions {
  /** Names; `any` is all interfaces at once. */
  readonly interfaces: readonly string[];
  readonly interest: Interest;
  /** Rows of the batch. Default 4096. */
  readonly capacity?: number;
  /** Bytes of one slot, a power of two; longer frames are cut. Default 256, which leaves 176 for the packet. */
  readonly slotBytes?: number;
  /** Slots, a power of two. Default 65,536: 16 MiB, a tenth of a second at 700,000 frames a second. */
  readonly slots?: number;
  /** Bytes of payload that the batch may carry. Default 0: none. */
  readonly arenaBytes?: number;
  /** Also see what this host sends itself. Default false: not even looked at. */
  readonly hearsOutgoing?: boolean;
  /** Secret of the source hash, 16 bytes. Default random. */
  readonly sourceKey?: Uint8Array;
  readonly signal?: AbortSignal;
}

/** A drain that brings this many frames is a busy one. */
const BUSY_FRAMES = 4;
/** So many drains in a row that were not busy end the polling by the clock. */
const QUIET_DRAINS = 3;
const POLL_MS = 1;
/** From so many frames a drain on, a pause of four costs a tenth of the processor less (bench/cases/live). */
const DENSE_FRAMES = 256;
const DENSE_POLL_MS = 4;
/** Work without a pause for the event loop. */
const TURN_MS = 3;

/**
 * Opens a receive ring on each interface. Needs CAP_NET_RAW. Fails with a `CaptureError`:
 * `CAPTURE_NO_INTERFACE`, `CAPTURE_NO_PERMISSION`, `CAPTURE_NO_ADDON` or `CAPTURE_FAILED`.
 */
export async function openRing(options: RingOptions): Promise<RingTuples> {
  return new RingSource(options);
}

export interface RingTuples extends TupleSource {
  /** ARPHRD_* of each interface (linux/if_arp.h), in their order. */
  readonly hardware: readonly number[];
}

/**
 * While it is quiet, each frame wakes us: a knock is seen within 100 us. While it is busy, the rings are
 * drained by the clock, as network drivers do, since a wake for each frame would cost 1.2 us of it.
 */
class RingSource implements RingTuples {
  readonly name: string;
  readonly interfaces: readonly string[];
  readonly hardware: readonly number[];
  readonly #rings: readonly NativeRing[];
  readonly #batch: TupleBatch;
  readonly #signal: AbortSignal | undefined;
  #wake: (() => void) | undefined;
  #isBusy = false;
  #quietDrains = 0;
  #isClosed = false;

  constructor(options: RingOptions) {
    this.interfaces = options.interfaces;
    this.name = options.interfaces.join(',');
    this.#signal = options.signal;
    this.#batch = allocateBatch(options.capacity ?? 4096, options.arenaBytes ?? 0);
    const shared = {
      memory: this.#batch.memory,
      arena: this.#batch.arena,
      capacity: this.#batch.capacity,
      key: options.sourceKey ?? randomBytes(16),
      interest: options.interest,
      frameSize: options.slotBytes ?? 256,
      frameCount: options.slots ?? 65_536,
      hearsOutgoing: options.hearsOutgoing ?? false,
      onReadable: (status: number) => this.#onReadable(status),
    };
    this.#rings = openAll(options.interfaces, shared);
    this.hardware = this.#rings.map((ring) => ring.hardware());
    for (const ring of this.#rings) ring.watch();
    options.signal?.addEventListener('abort', () => void this.close(), { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TupleBatch, void, void> {
    let turnStartedMs = performance.now();
    while (!this.#isClosed && this.#signal?.aborted !== true) {
      let frames = 0;
      for (const ring of this.#rings) {
        this.#batch.length = ring.drain();
        frames += ring.framesTaken();
        if (this.#batch.length > 0) yield this.#batch;
        if (this.#isClosed) return;
      }
      if (frames < this.#batch.capacity) await this.#rest(frames);
      else if (performance.now() - turnStartedMs > TURN_MS) await nextTurn();
      else continue;
      turnStartedMs = performance.now();
    }
  }

  counters(): SourceCounters {
    const sums = new Float64Array(COUNTERS.length + 1);
    const one = new Float64Array(sums.length);
    let dropped = 0;
    for (const ring of this.#rings) {
      ring.counters(one);
      for (const [at, value] of one.entries()) sums[at]! += value;
      dropped += ring.dropped();
    }
    const ended = Object.fromEntries(COUNTERS.map((name, at) => [name, sums[at]!]));
    return {
      packets: Object.values(ended).reduce((sum, count) => sum + count, 0),
      bytes: sums[COUNTERS.length]!,
      dropped,
      freezes: 0,
      ended: ended as Record<CounterName, number>,
    };
  }

  setInterest(interest: Interest): void {
    for (const ring of this.#rings) ring.setInterest(interest);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const ring of this.#rings) ring.close();
    this.#wake?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Waits for the next frame, or for the clock while the traffic is dense. */
  async #rest(frames: number): Promise<void> {
    if (frames >= BUSY_FRAMES) {
      this.#quietDrains = 0;
      if (!this.#isBusy) for (const ring of this.#rings) ring.unwatch();
      this.#isBusy = true;
    } else if (this.#isBusy && ++this.#quietDrains >= QUIET_DRAINS) {
      this.#isBusy = false;
      for (const ring of this.#rings) ring.watch();
    }
    if (this.#isBusy) {
      await sleep(frames >= DENSE_FRAMES ? DENSE_POLL_MS : POLL_MS);
    } else {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    this.#failIfGone();
  }

  #onReadable(status: number): void {
    if (status < 0) this.#lookAtErrors();
    this.#wake?.();
  }

  /** A link that went down reports ENETDOWN once, and hears again when it is up; one that is gone never does. */
  #lookAtErrors(): void {
    for (const ring of this.#rings) {
      ring.takeError();
      if (ring.isBound()) ring.watch();
    }
  }

  #failIfGone(): void {
    if (this.#isClosed || this.#rings.some((ring) => ring.isBound())) return;
    throw new CaptureError('CAPTURE_NO_INTERFACE', this.name, 'the interface disappeared');
  }
}

function openAll(
  interfaces: readonly string[],
  shared: Omit<NativeRingOptions, 'interface' | 'index'>,
): NativeRing[] {
  const rings: NativeRing[] = [];
  try {
    for (const [index, name] of interfaces.entries()) {
      rings.push(openOne({ ...shared, interface: name === 'any' ? '' : name, index }, name));
    }
    return rings;
  } catch (error) {
    for (const ring of rings) ring.close();
    throw error;
  }
}

function openOne(options: NativeRingOptions, name: string): NativeRing {
  const { Ring } = addon(name);
  try {
    return new Ring(options);
  } catch (cause) {
    throw explain(name, cause as NodeJS.ErrnoException);
  }
}

function addon(name: string): { readonly Ring: new (options: NativeRingOptions) => NativeRing } {
  try {
    return native() as unknown as { Ring: new (options: NativeRingOptions) => NativeRing };
  } catch (cause) {
    throw new CaptureError('CAPTURE_NO_ADDON', name, (cause as Error).message, { cause });
  }
}

const REASONS: Record<string, readonly [CaptureErrorCode, string]> = {
  ENODEV: ['CAPTURE_NO_INTERFACE', 'no such interface. See: ip -br link'],
  EPERM: [
    'CAPTURE_NO_PERMISSION',
    'capturing needs CAP_NET_RAW. Run as root, or: setcap cap_net_raw,cap_net_admin+ep $(readlink -f $(which node))',
  ],
  EACCES: ['CAPTURE_NO_PERMISSION', 'capturing needs CAP_NET_RAW'],
  ENOMEM: ['CAPTURE_FAILED', 'no memory for the ring; fewer slots may do'],
};

function explain(name: string, cause: NodeJS.ErrnoException): CaptureError {
  const [code, reason] = REASONS[cause.code ?? ''] ?? ['CAPTURE_FAILED', cause.message];
  return new CaptureError(code, name, reason, { cause });
}
