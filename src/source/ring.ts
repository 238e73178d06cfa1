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
  /** Names, of each one the first; `any` is all interfaces at once, whatever stands beside it. */
  readonly interfaces: readonly string[];
  readonly interest: Interest;
  /** Rows of the batch. Default 4,096. */
  readonly capacity?: number;
  /** Bytes of one slot, a power of two from 128 to 131,072; longer frames are cut. Default 256, which leaves 176 for the packet. */
  readonly slotBytes?: number;
  /** Slots, a power of two, 64 KiB to 1 GiB in all. Default 65,536: 16 MiB, a tenth of a second at 700,000 frames a second. */
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
/** A link that is deleted only says that it is down: whether it is gone must be asked later. */
const DOWN_POLL_MS = 250;
/** Work without a pause for the event loop. */
const TURN_MS = 3;

/**
 * Opens a receive ring on each interface. Needs CAP_NET_RAW. Fails with a `CaptureError`:
 * `CAPTURE_NO_INTERFACE`, `CAPTURE_NO_PERMISSION`, `CAPTURE_NO_ADDON` or `CAPTURE_FAILED`; with a
 * `TypeError` or `RangeError` for options that are none. A link that goes down is waited for; when the
 * last of the interfaces is deleted, the iteration fails with `CAPTURE_NO_INTERFACE`.
 */
export async function openRing(options: RingOptions): Promise<RingTuples> {
  return new RingSource(options);
}

export interface RingTuples extends TupleSource {
  /** ARPHRD_* of each interface (linux/if_arp.h), in their order. */
  readonly hardware: readonly number[];
  /** Whether frames lie there that have not been taken; a moment later they should be. */
  hasFrames(): boolean;
}

/**
 * While it is quiet, each frame wakes us: a knock is seen within 100 us. While it is busy, the rings are
 * drained by the clock, as network drivers do, since a wake for each frame would cost 1.2 us of it.
 * Only while somebody waits for a batch is the event loop held open.
 */
class RingSource implements RingTuples {
  readonly name: string;
  readonly interfaces: readonly string[];
  readonly hardware: readonly number[];
  readonly #rings: readonly NativeRing[];
  readonly #batch: TupleBatch;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.close();
  /** Ends the wait for a frame; undefined while nobody waits. */
  #wake: (() => void) | undefined;
  #isWatching = false;
  #isDown = false;
  #isBusy = false;
  #quietDrains = 0;
  #isClosed = false;

  constructor(options: RingOptions) {
    this.#signal = checked(options.signal);
    this.interfaces = distinct(options.interfaces);
    this.name = this.interfaces.join(',');
    this.#batch = allocateBatch(options.capacity ?? 4096, options.arenaBytes ?? 0);
    this.#rings = openAll(this.interfaces, {
      memory: this.#batch.memory,
      arena: this.#batch.arena,
      capacity: this.#batch.capacity,
      key: options.sourceKey ?? randomBytes(16),
      interest: options.interest,
      slotBytes: options.slotBytes ?? 256,
      slots: options.slots ?? 65_536,
      hearsOutgoing: options.hearsOutgoing ?? false,
      onReadable: (status: number) => this.#onReadable(status),
    });
    this.hardware = this.#rings.map((ring) => ring.hardware());
    if (this.#signal?.aborted === true) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TupleBatch, void, void> {
    let turnStartedMs = performance.now();
    try {
      while (!this.#isClosed) {
        let frames = 0;
        let hasMore = false;
        for (const ring of this.#rings) {
          this.#batch.length = ring.drain();
          frames += ring.framesTaken();
          hasMore ||= !ring.isEmpty();
          if (this.#batch.length > 0) yield this.#batch;
          if (this.#isClosed) return;
        }
        if (!hasMore) await this.#rest(frames);
        else if (performance.now() - turnStartedMs > TURN_MS) await nextTurn();
        else continue;
        turnStartedMs = performance.now();
      }
    } finally {
      this.#unwatch();
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

  hasFrames(): boolean {
    return this.#rings.some((ring) => ring.hasFrame());
  }

  setInterest(interest: Interest): void {
    for (const ring of this.#rings) ring.setInterest(interest);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const ring of this.#rings) ring.close();
    this.#wake?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** All rings are empty: waits for the next frame, or for the clock while the traffic is dense. */
  async #rest(frames: number): Promise<void> {
    if (frames === 0) this.#failIfGone();
    this.#notePace(frames);
    if (this.#isBusy) {
      this.#unwatch();
      await sleep(frames >= DENSE_FRAMES ? DENSE_POLL_MS : POLL_MS);
    } else {
      this.#watch();
      await this.#nextWake();
    }
  }

  async #nextWake(): Promise<void> {
    const timer = this.#isDown ? setTimeout(() => this.#wake?.(), DOWN_POLL_MS) : undefined;
    await new Promise<void>((wake) => {
      this.#wake = wake;
    });
    this.#wake = undefined;
    clearTimeout(timer);
  }

  #notePace(frames: number): void {
    if (frames >= BUSY_FRAMES) {
      this.#isBusy = true;
      this.#quietDrains = 0;
    } else if (this.#isBusy && ++this.#quietDrains >= QUIET_DRAINS) {
      this.#isBusy = false;
    }
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    for (const ring of this.#rings) ring.watch();
  }

  #unwatch(): void {
    if (!this.#isWatching) return;
    this.#isWatching = false;
    for (const ring of this.#rings) ring.unwatch();
  }

  /** Who is still at work on a batch is not waked: the descriptor stays readable, and the loop would spin. */
  #onReadable(status: number): void {
    this.#isDown = status < 0;
    if (this.#isDown) for (const ring of this.#rings) ring.takeError();
    if (this.#isDown || this.#wake === undefined) this.#unwatch();
    this.#wake?.();
  }

  #failIfGone(): void {
    if (this.#rings.some((ring) => ring.isBound())) return;
    throw new CaptureError('CAPTURE_NO_INTERFACE', this.name, 'the interface disappeared');
  }
}

function checked(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new TypeError('signal: an AbortSignal');
}

/** A packet that is heard twice would be two knocks. */
function distinct(interfaces: unknown): readonly string[] {
  const isList = Array.isArray(interfaces) && interfaces.length > 0;
  if (!isList || !interfaces.every((name) => typeof name === 'string')) {
    throw new TypeError('interfaces: one name or more');
  }
  return interfaces.includes('any') ? ['any'] : [...new Set<string>(interfaces)];
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
  // For the addon no name is all interfaces.
  if (name === '') throw new CaptureError('CAPTURE_NO_INTERFACE', name, 'an interface has a name');
  const { Ring } = addon(name);
  try {
    return new Ring(options);
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof RangeError) throw cause;
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
