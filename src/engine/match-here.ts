import type { BlockedSources } from '../matcher/blocked-sources.ts';
import type { Decision } from '../matcher/decision.ts';
import type { MatcherStats } from '../matcher/decision-log.ts';
import type { Interest } from '../matcher/interest.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { ScanOptions } from '../matcher/scan-watch.ts';
import type { TupleSource } from '../source/source.ts';
import type { Address } from '../tuple/address.ts';
import type { DecisionTaker, DoorSet, Matching, Succession } from './matching.ts';

/** Matches in this thread. */
export class MatchHere implements Matching {
  readonly #source: TupleSource;
  readonly #matcher: Matcher;
  #interest: Interest | undefined;
  #next: DoorSet | undefined;

  /** `interest`: what the source was opened with; needed where doors are to be taken on. */
  constructor(source: TupleSource, matcher: Matcher, interest?: Interest) {
    this.#source = source;
    this.#matcher = matcher;
    this.#interest = interest;
  }

  async run(taker: DecisionTaker): Promise<void> {
    const matcher = this.#matcher;
    const decisions: Decision[] = [];
    for await (const batch of this.#source) {
      for (let row = 0; row < batch.length;) {
        row = matcher.match(batch, decisions, row);
        if (decisions.length > 0) taker.decided(decisions);
        decisions.length = 0;
        const scans = matcher.takeScans();
        if (scans.length > 0) taker.scanned(scans);
      }
      const last = batch.length - 1;
      taker.passed(
        last < 0
          ? undefined
          : { seconds: batch.seconds[last]!, nanoseconds: batch.nanoseconds[last]! },
      );
      const room = taker.room();
      if (room !== undefined) await room;
    }
  }

  async takeOn(next: DoorSet): Promise<void> {
    this.#source.setInterest(next.compiled.interest);
    this.#next = next;
  }

  putBack(): void {
    this.#next = undefined;
    if (this.#interest !== undefined) this.#source.setInterest(this.#interest);
  }

  replaceDoors(attempts: Succession): void {
    const { compiled } = this.#next!;
    this.#next = undefined;
    this.#interest = compiled.interest;
    this.#matcher.replaceDoors(compiled, attempts);
  }

  exchange({ compiled }: DoorSet, attempts: Succession): void {
    this.#source.setInterest(compiled.interest);
    this.#interest = compiled.interest;
    this.#matcher.replaceDoors(compiled, attempts);
  }

  setBlocked(blocked: BlockedSources): void {
    this.#matcher.setBlocked(blocked);
  }

  setLocalAddresses(addresses: readonly Address[] | undefined): void {
    this.#matcher.setLocalAddresses(addresses);
  }

  watchFor(scans: ScanOptions): void {
    this.#matcher.watchFor(scans);
  }

  ignore(source: Address, seconds: number): void {
    this.#matcher.ignore(source, seconds);
  }

  stats(): MatcherStats {
    return this.#matcher.stats();
  }
}
