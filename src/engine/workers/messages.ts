import type { Door } from '../../door/door.ts';
import type { RefuseReason } from '../../matcher/decision.ts';
import type { Ticket } from '../../matcher/encoded/ticket.ts';
import type { MatcherOptions } from '../../matcher/matcher.ts';
import type { Scan, ScanOptions } from '../../matcher/scan-watch.ts';
import type { CaptureErrorCode } from '../../source/capture-error.ts';
import type { RingOptions } from '../../source/ring.ts';
import type { Address } from '../../tuple/address.ts';
import type { Sharing } from '../../tuple/worker-of.ts';
import type { CompileRules, Succession } from '../matching.ts';

/** What a worker is started with: plain data, as all that follows. */
export interface WorkerTask {
  /** From 0 on; the first begins the groups that the others join. */
  readonly index: number;
  readonly sharing: Sharing;
  readonly ring: Pick<RingOptions, 'slots' | 'clockOrigin'>;
  readonly matcher: Omit<MatcherOptions, 'memory'>;
  readonly doors: PlainDoors;
  /** Where it writes its totals; see board.ts. */
  readonly board: SharedArrayBuffer;
}

export interface PlainDoors {
  readonly doors: readonly Door[];
  readonly rules: CompileRules;
  /** Decisions say which doors they are about by this number, and a door's place. */
  readonly generation: number;
  /** By series of codes, up to which number all are used. */
  readonly used: ReadonlyMap<string, number>;
}

/** What a worker is told. */
export type Order =
  /** Begin with the packets. */
  | { readonly kind: 'run' }
  /** What is asked under a number is answered under it. */
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  | { readonly kind: 'putBack' }
  | { readonly kind: 'replaceDoors'; readonly attempts: Succession }
  | { readonly kind: 'exchange'; readonly next: PlainDoors; readonly attempts: Succession }
  | { readonly kind: 'setBlocked'; readonly blocked: PlainBlocked }
  | { readonly kind: 'setLocalAddresses'; readonly addresses: readonly Address[] | undefined }
  | { readonly kind: 'watchFor'; readonly scans: ScanOptions }
  | { readonly kind: 'ignore'; readonly source: Address; readonly seconds: number }
  | { readonly kind: 'used'; readonly series: string; readonly number: number }
  /** What was decided has been carried out, so much of it. */
  | { readonly kind: 'carriedOut'; readonly decisions: number }
  | { readonly kind: 'end' };

export type Question =
  /** Listen where these links are now; the groups are those of the first worker's rings, by interface. */
  | { readonly kind: 'look'; readonly interfaces: readonly string[]; readonly groups: Groups }
  | { readonly kind: 'takeOn'; readonly next: PlainDoors }
  /** Write down the totals. */
  | { readonly kind: 'tell' };

/** What a worker tells. */
export type News =
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Answer }
  | {
      readonly kind: 'decided';
      readonly generation: number;
      readonly decisions: readonly PlainDecision[];
      readonly scans: readonly Scan[];
    }
  /** Lines were left out. */
  | { readonly kind: 'suppressed' };

export type Groups = Readonly<Record<string, number>>;

export type Answer = Reply | { readonly error: PlainError };

/** `looked`: of who was to look. */
export interface Reply {
  readonly looked?: Looked;
}

export interface Looked {
  readonly groups: Groups;
  readonly interfaces: readonly string[];
  readonly hardware: readonly (number | undefined)[];
  readonly events: readonly PlainLinkEvent[];
  /** Whether some interface is not listened on that should be. */
  readonly isWaiting: boolean;
}

/** A decision whose door is said by its place. */
export interface PlainDecision {
  readonly kind: 'stage' | 'open' | 'timeout' | 'refuse';
  readonly door: number;
  readonly source: Address;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly stage?: number;
  readonly target?: Address;
  readonly ticket?: Ticket;
  readonly reason?: RefuseReason;
}

/** Ranges as the words of `AddressRanges`. */
export interface PlainBlocked {
  readonly blocked: readonly PlainRanges[];
  readonly exempt: readonly PlainRanges[];
}

export interface PlainRanges {
  readonly ipv4: Uint32Array;
  readonly ipv6: Uint32Array;
}

/** Errors lose their class on the way. `code` undefined: any other. */
export interface PlainError {
  readonly code: CaptureErrorCode | undefined;
  readonly input: string;
  readonly reason: string;
  readonly offset: number | undefined;
}

type PlainState =
  | { readonly kind: 'missing' | 'failed'; readonly error: PlainError }
  | { readonly kind: 'spared'; readonly by: string }
  | { readonly kind: 'heard'; readonly index: number; readonly isUp: boolean };

export interface PlainLinkEvent {
  readonly interface: string;
  readonly before: PlainState | undefined;
  readonly now: PlainState;
}
