import type { Door, OpenPorts } from '../door/door.ts';
import type { Block, CountedRange } from './block.ts';
import type { Address } from '../tuple/address.ts';
import type { Network } from '../tuple/network.ts';

/** An opening that a decision asks for. */
export interface Opening {
  readonly door: Door;
  readonly source: Address;
  readonly openForMs: number;
  /** A person in words such as `uid 0`; default `KNOCK`. A person's openings may use room that is kept from knocks. */
  readonly by?: string;
}

/** Who gave a grant that nobody gave by hand. */
export const KNOCK = 'knock';

/** What became of an opening. `opened` is said only after the acknowledgement. */
export type Outcome =
  | { readonly kind: 'opened'; readonly grant: Grant; readonly renewed: boolean }
  | {
      readonly kind: 'refused';
      readonly reason: 'set full' | 'max grants' | 'failed';
      readonly error?: Error;
    };

/** A door that is open for one source until a time. */
export interface Grant {
  readonly id: number;
  readonly door: Door;
  /** Masked to the door's prefix. */
  readonly source: Address;
  readonly prefix: number;
  readonly ports: readonly OpenPorts[];
  /** On the firewall's own clock, milliseconds; the live one is monotonic. */
  readonly untilMs: number;
  /** Of a door that cares for sessions: as far as is known, when its source will have been silent for too long. */
  readonly aliveUntilMs?: number;
  /** `KNOCK`, or the person whose opening it was that lasts so long. */
  readonly by: string;
}

export interface StartOptions {
  /** A port whose guard no door asks for any more is let go; default: it stays guarded. */
  readonly allowUnguard?: boolean;
}

/**
 * Opens doors. Adapters: nft (the kernel's sets), command (knockd's start and stop commands), memory
 * (replays and tests). One contract suite runs against all of them.
 */
export interface Firewall extends AsyncDisposable {
  /** Makes what the doors need, or takes over what an earlier daemon left; the grants found alive there. */
  start(doors: readonly Door[], options?: StartOptions): Promise<readonly Grant[]>;
  /** All openings of one turn, in one transaction; one outcome for each, in order. Does not throw for one that failed. */
  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[];
  /** Grants whose time is up by `nowMs`, each reported once, in order of their ends. */
  expire(nowMs: number): readonly Grant[];
  /** When `expire` next has something to say; undefined while nothing is open. */
  nextExpiryMs(): number | undefined;
  /** All that is open. */
  grants(nowMs: number): readonly Grant[];
  /** How many grants of each door are open; doors without any may be left out. */
  counted(nowMs: number): ReadonlyMap<Door, number>;
  /**
   * All that is open, with the ends that the kernel itself has for them, for people to see. It is read in
   * turns of the loop, and may be gone through in others.
   */
  listed(nowMs: number): Promise<Iterable<Grant>>;
  /**
   * Ends before their time what grants a door has to these sources. They have ended when this returns;
   * `expire` does not tell of them, whoever listens to revocations hears of them. Throws if it can't be
   * done.
   */
  revoke(door: Door, from: Network, nowMs: number): readonly Grant[];
  /**
   * All grants end so much earlier, some of them at once: the machine has slept, and the clock by which
   * grants end with it. Throws if it can't be done.
   */
  shorten(byMs: number, nowMs: number): void;
  /**
   * These networks are shut out from now on, before any grant is looked at, and no others; each until its
   * time. Lists of the configuration stand besides. Throws if it can't be done.
   */
  block(blocks: readonly Block[], nowMs: number): void;
  /** The ranges that are shut out so, rising, IPv4 first. */
  blocked(nowMs: number): readonly CountedRange[];
  /** Has a listener told of every grant that ends before its time, by `revoke` or by other hands. */
  onRevoked(listener: (grants: readonly Grant[]) => void): void;
  /** Lets go of the kernel. What is open stays open until its time. */
  close(): Promise<void>;
}
