import type { BlockedSources } from '../matcher/blocked-sources.ts';
import type { CompiledDoors, CompileOptions } from '../matcher/compile-doors.ts';
import type { Decision } from '../matcher/decision.ts';
import type { MatcherStats } from '../matcher/decision-log.ts';
import type { Scan, ScanOptions } from '../matcher/scan-watch.ts';
import type { Door } from '../door/door.ts';
import type { Instant } from '../report/event.ts';
import type { Address } from '../tuple/address.ts';

/** What doors are compiled by, but for the codecs: plain data. */
export type CompileRules = Omit<CompileOptions, 'codecOf'>;

/** Doors as they are to be in force. */
export interface DoorSet {
  readonly doors: readonly Door[];
  readonly rules: CompileRules;
  readonly compiled: CompiledDoors;
}

/** What becomes of attempts when doors are exchanged; see `Matcher.replaceDoors`. */
export type Succession = 'equal' | 'place' | 'none';

/** Who is told of what was decided. */
export interface DecisionTaker {
  /** In order; the list is on loan for this call. Whatever follows sees what comes of it. */
  decided(decisions: readonly Decision[]): void;
  scanned(scans: readonly Scan[]): void;
  /** So far packets have come; undefined: no time is known. */
  passed(last: Instant | undefined): void;
  /** Undefined, or until there is room for what comes of more packets. */
  room(): Promise<unknown> | undefined;
}

/** Takes packets through matchers: in this thread, or in threads of their own (workers/). */
export interface Matching {
  /** Until the packets end, or are told to; fails with what ends them too soon. */
  run(taker: DecisionTaker): Promise<void>;
  /** Has the source take what these doors want; nothing else changes yet. Takes it back if it fails. */
  takeOn(next: DoorSet): Promise<void>;
  /** What was taken on is not to be: as before. */
  putBack(): void;
  /** Puts in force what was taken on. */
  replaceDoors(attempts: Succession): void;
  /** Both at once: one of the doors has another sequence. */
  exchange(next: DoorSet, attempts: Succession): void;
  setBlocked(blocked: BlockedSources): void;
  setLocalAddresses(addresses: readonly Address[] | undefined): void;
  watchFor(scans: ScanOptions): void;
  ignore(source: Address, seconds: number): void;
  stats(): MatcherStats;
}
