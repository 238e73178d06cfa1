import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Interest } from '../matcher/interest.ts';
import { nativeProblem } from '../native.ts';
import { allocateBatch, type TupleBatch } from '../tuple/batch.ts';
import type { Sharing } from '../tuple/worker-of.ts';
import { CaptureError } from './capture-error.ts';
import type { LinkEvent } from './link-event.ts';
import { clockOffsets } from './clock-offsets.ts';
import { links, LinkWatch, type LinkNews } from './link-watch.ts';
import { openNativeRing } from './open-native-ring.ts';
import type { NativeFanout } from './native-ring.ts';
import { Pace } from './pace.ts';
import { RingSet, type OpenRing } from './ring-set.ts';
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
  /** How far the wall clock is ahead of the time since boot, in microseconds, when packets' times begin; rings that are to agree have one. Default as it is now. */
  readonly clockOrigin?: number;
  /** Shares each interface's packets with the rings of other threads. Default: hears all of them. */
  readonly fanout?: FanoutOptions;
  readonly signal?: AbortSignal;
  /** Waits for interfaces that are missing, and for those that are deleted to be made again. Default: both are failures. */
  readonly follow?: FollowOptions;
}

/** How rings of several threads find together: one group for each interface, and all join in one order. */
export interface FanoutOptions extends Sharing {
  /** The kernel's number of the group at an interface; `new`: begins one. Undefined: there is none yet, so that it can't be listened on. */
  readonly groupOf: (interfaceName: string) => number | 'new' | undefined;
}

/** Who is told while a ring follows its interfaces. */
export interface FollowOptions {
  /** Told of each change of an interface, and at the start of those that are missing. */
  readonly onLink?: (event: LinkEvent) => void;
  /** Told after the rings are where they should be: addresses or routes may have changed as well. */
  readonly onNews?: (news: LinkNews) => void;
  /** Whether `onNews` is to hear of default routes. Default false. */
  readonly hearsRoutes?: boolean;
  /** Whether somebody else watches the links, and calls `listenOn` at each change. Default false. */
  readonly isTold?: boolean;
}

/** A link that is deleted only says that it is down: whether it is gone must be asked later. */
const DOWN_POLL_MS = 250;
/** While an interface is waited for, it is looked for so often, told of or not. */
const LOOK_MS = 1000;
/** Slots of a ring, where nobody says how many. */
const SLOTS = 65_536;
/** Work without a pause for the event loop. */
const TURN_MS = 3;

/**
 * Opens a receive ring on each interface. Needs CAP_NET_RAW. Fails with a `CaptureError`:
 * `CAPTURE_NO_INTERFACE`, `CAPTURE_NO_PERMISSION`, `CAPTURE_NO_ADDON` or `CAPTURE_FAILED`; with a
 * `TypeError` or `RangeError` for options that are none. A link that goes down is waited for; when the
 * last of the interfaces is deleted, the iteration fails with `CAPTURE_NO_INTERFACE`, unless the ring
 * is to `follow` them.
 */
export async function openRing(options: RingOptions): Promise<RingTuples> {
  return new RingSource(options);
}

export interface RingTuples extends TupleSource {
  /** ARPHRD_* of each interface (linux/if_arp.h), in their order; undefined while one is not listened on. */
  readonly hardware: readonly (number | undefined)[];
  /**
   * How far the wall clock has been set ahead since the ring was opened, in microseconds: packets carry
   * the time that it would show otherwise, so that no step moves windows.
   */
  wallShift(): number;
  /** Whether frames lie there that have not been taken; a moment later they should be. */
  hasFrames(): boolean;
  /** The kernel's number of the group that is shared in, by interface. */
  readonly groups: Readonly<Record<string, number>>;
  /** Whether some interface is not listened on that should be. */
  readonly isWaiting: boolean;
  /** Listens on these from now on. For a ring that follows; column numbers stay what they are. */
  listenOn(interfaces: readonly string[]): void;
}

/** Only while somebody waits for a batch is the event loop held open. */
class RingSource implements RingTuples {
  readonly #rings: RingSet;
  readonly #batch: TupleBatch;
  readonly #follow: FollowOptions | undefined;
  readonly #links: LinkWatch | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.close();
  /** Ends the wait for a frame; undefined while nobody waits. */
  #wake: (() => void) | undefined;
  #nextLook: NodeJS.Timeout | undefined;
  #isWatching = false;
  #isDown = false;
  readonly #pace: Pace;
  #isClosed = false;

  constructor(options: RingOptions) {
    const names = distinct(options.interfaces);
    this.#signal = checked(options.signal);
    this.#follow = options.follow;
    this.#pace = new Pace(options.slots ?? SLOTS);
    this.#batch = allocateBatch(options.capacity ?? 4096, options.arenaBytes ?? 0);
    const onReadable = (status: number): void => this.#onReadable(status);
    const open = opener(options, this.#batch, onReadable);
    this.#rings = new RingSet(names, options.interest, open);
    try {
      this.#links = this.#begin();
    } catch (error) {
      this.#rings.close();
      throw error;
    }
    if (this.#signal?.aborted === true) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get name(): string {
    return this.#rings.names.join(',');
  }

  get interfaces(): readonly string[] {
    return this.#rings.interfaces;
  }

  get hardware(): readonly (number | undefined)[] {
    return this.#rings.hardware;
  }

  get groups(): Readonly<Record<string, number>> {
    return this.#rings.groups;
  }

  get isWaiting(): boolean {
    return this.#rings.isWaiting;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TupleBatch, void, void> {
    let turnStartedMs = performance.now();
    let frames = 0;
    try {
      while (!this.#isClosed) {
        let hasMore = false;
        for (const ring of this.#rings.rings) {
          this.#batch.length = ring.drain();
          frames += ring.framesTaken();
          hasMore ||= !ring.isEmpty();
          if (this.#batch.length > 0) yield this.#batch;
          if (this.#isClosed) return;
        }
        if (!hasMore) this.#rings.settle();
        if (!hasMore) {
          await this.#rest(frames);
          frames = 0;
        } else if (performance.now() - turnStartedMs > TURN_MS) await nextTurn();
        else continue;
        turnStartedMs = performance.now();
      }
    } finally {
      this.#unwatch();
    }
  }

  counters(): SourceCounters {
    return this.#rings.counters();
  }

  hasFrames(): boolean {
    return this.#rings.rings.some((ring) => ring.hasFrame());
  }

  setInterest(interest: Interest): void {
    this.#rings.setInterest(interest);
  }

  wallShift(): number {
    return this.#rings.wallShift();
  }

  listenOn(interfaces: readonly string[]): void {
    this.#rings.listenOn(distinct(interfaces));
    this.#tryToLook();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    clearTimeout(this.#nextLook);
    this.#links?.[Symbol.dispose]();
    this.#rings.close();
    this.#wake?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Opens the rings. A watch begins before the first look, so that no change falls between the two. */
  #begin(): LinkWatch | undefined {
    const why = nativeProblem();
    if (why !== undefined) throw new CaptureError('CAPTURE_NO_ADDON', this.name, why);
    if (this.#follow === undefined) {
      for (const { now } of this.#rings.follow(links())) if ('error' in now) throw now.error;
      return undefined;
    }
    const { hearsRoutes = false, isTold = false } = this.#follow;
    if (isTold) {
      this.#look();
      return undefined;
    }
    const watch = new LinkWatch((news) => this.#onNews(news), { hearsRoutes });
    try {
      this.#look();
      return watch;
    } catch (error) {
      watch[Symbol.dispose]();
      throw error;
    }
  }

  #onNews(news: LinkNews): void {
    if (news.links) this.#tryToLook();
    this.#follow?.onNews?.(news);
  }

  /** Puts the rings where the links are now. */
  #look(): void {
    for (const event of this.#rings.follow(links())) {
      if (isFinal(event)) throw event.now.error;
      this.#follow?.onLink?.(event);
    }
    this.#lookAgainIf(this.#rings.isWaiting);
    if (this.#isWatching) for (const ring of this.#rings.rings) ring.watch();
    this.#wake?.();
  }

  /** As `#look`, but nothing that the kernel can't do at the moment ends the capture. */
  #tryToLook(): void {
    try {
      this.#look();
    } catch {
      this.#lookAgainIf(true);
    }
  }

  #lookAgainIf(isNeeded: boolean): void {
    clearTimeout(this.#nextLook);
    if (isNeeded && this.#follow?.isTold !== true)
      this.#nextLook = setTimeout(() => this.#tryToLook(), LOOK_MS).unref();
  }

  /** All rings are empty: waits for the next frame, or for the clock while the traffic is dense. */
  async #rest(frames: number): Promise<void> {
    if (frames === 0) this.#failIfGone();
    const pauseMs = this.#pace.after(frames, performance.now());
    if (pauseMs === undefined) {
      this.#watch();
      await this.#nextWake();
    } else {
      this.#unwatch();
      await sleep(pauseMs);
    }
  }

  async #nextWake(): Promise<void> {
    const isDeaf = this.#isDown || this.#rings.rings.length === 0;
    const timer = isDeaf ? setTimeout(() => this.#wake?.(), DOWN_POLL_MS) : undefined;
    await new Promise<void>((wake) => {
      this.#wake = wake;
    });
    this.#wake = undefined;
    clearTimeout(timer);
  }

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    for (const ring of this.#rings.rings) ring.watch();
  }

  #unwatch(): void {
    if (!this.#isWatching) return;
    this.#isWatching = false;
    for (const ring of this.#rings.rings) ring.unwatch();
  }

  /** Who is still at work on a batch is not waked: the descriptor stays readable, and the loop would spin. */
  #onReadable(status: number): void {
    this.#isDown = status < 0;
    if (this.#isDown) for (const ring of this.#rings.rings) ring.takeError();
    if (this.#isDown || this.#wake === undefined) this.#unwatch();
    this.#wake?.();
  }

  #failIfGone(): void {
    if (this.#follow !== undefined || this.#rings.isBound) return;
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

/** At the start, what no patience will mend ends it; later it is told of, and tried again. */
function isFinal(event: LinkEvent): event is LinkEvent & { now: { error: CaptureError } } {
  const { interface: name, before, now } = event;
  if (before !== undefined || !('error' in now)) return false;
  return now.kind === 'failed' || !/^[^\s/]{1,15}$/.test(name);
}

function opener(
  options: RingOptions,
  { memory, arena, capacity }: TupleBatch,
  onReadable: (status: number) => void,
): OpenRing {
  const { slotBytes = 256, slots = SLOTS, hearsOutgoing = false } = options;
  const key = options.sourceKey ?? randomBytes(16);
  const shared = { memory, arena, capacity, key, slotBytes, slots, hearsOutgoing, onReadable };
  // One for all rings, those that are opened later too: their packets' times must be of one clock.
  let { clockOrigin } = options;
  return (name, index, interest) => {
    clockOrigin ??= clockOffsets().wall;
    const fanout = options.fanout && membership(name, options.fanout);
    return openNativeRing(name, { ...shared, clockOrigin, index, interest, fanout });
  };
}

function membership(name: string, { groupOf, workers, seed }: FanoutOptions): NativeFanout {
  const group = groupOf(name);
  if (group === 'new') return { group: undefined, workers, seed };
  if (group !== undefined) return { group, workers, seed };
  throw new CaptureError('CAPTURE_NO_INTERFACE', name, 'nobody shares its packets yet');
}
