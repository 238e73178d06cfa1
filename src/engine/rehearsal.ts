import { UsedKnocks } from '../codec/used-knocks.ts';
import { ListReader } from '../config/address-lists.ts';
import { blockedSources } from '../config/blocked-sources.ts';
import type { ConfigError } from '../config/config-error.ts';
import type { Configuration } from '../config/configuration.ts';
import { OneTimeSequences } from '../config/one-time-file.ts';
import { watchedPorts } from '../config/watched-ports.ts';
import type { Door } from '../door/door.ts';
import { memoryFirewall } from '../firewall/memory.ts';
import type { Firewall } from '../firewall/firewall.ts';
import { compileDoors, type CompileOptions } from '../matcher/compile-doors.ts';
import type { Interest } from '../matcher/interest.ts';
import type { MatcherStats } from '../matcher/decision-log.ts';
import { Matcher } from '../matcher/matcher.ts';
import type { TableMemory } from '../matcher/table-memory.ts';
import type { Event } from '../report/event.ts';
import type { TupleSource } from '../source/source.ts';
import { PACKET_CLOCK } from './clock.ts';
import { Engine, type EngineParts } from './engine.ts';
import { KnockBook } from './knock-book.ts';
import { MatchHere } from './match-here.ts';
import { OneTimeDoors } from './one-time-doors.ts';
import type { CaptureWorkersOptions } from './workers/capture-workers.ts';

export interface RehearsalOptions {
  /** Tripwires' seed, as the daemon has it; default none, and so no tripwires. */
  readonly seed?: string | undefined;
  /** Where the matcher's table lies. */
  readonly memory?: TableMemory;
}

export interface RunOptions {
  /** The recording's packets at another pace. */
  readonly paced?: TupleSource;
  /** Other matchers than this one (workers/). */
  readonly matching?: EngineParts['matching'] | undefined;
  readonly room?: EngineParts['room'];
}

/**
 * A daemon without a kernel: recorded packets go through its doors, and it decides what the daemon would
 * have decided. Grants are in memory, and nothing is used up on disk. One after another, recordings go on
 * where the last one ended.
 */
export class Rehearsal implements Disposable {
  /** What is wrong with the lists of addresses. */
  readonly problems: readonly ConfigError[];
  /** What other matchers need to do the same with a share of the sources (workers/). */
  readonly sharable: Pick<CaptureWorkersOptions, 'doors' | 'matcher' | 'blocked'>;
  readonly #doors: readonly Door[];
  readonly #matcher: Matcher;
  readonly #firewall: Firewall;
  readonly #tickets = new KnockBook(() => new UsedKnocks(undefined));
  readonly #sequences: OneTimeSequences;
  readonly #oneTime: OneTimeDoors;
  #interest: Interest;
  #reading: TupleSource | undefined;

  /** Reads the keys, lists and one-time files that the doors name. Throws a `KeyFileError`, or the system's own. */
  constructor({ file, doors, options }: Configuration, { seed, memory }: RehearsalOptions = {}) {
    const { compat, maxAttempts, scans, maxGrants } = options;
    const plainRules = { seed, compat, watch: watchedPorts(doors, options) };
    const rules = { ...plainRules, codecOf: this.#tickets.codecsOf(doors) };
    const compiled = compileDoors(doors, rules);
    const limits = { maxAttempts, eventLinesPerSecond: 0, scans };
    this.#doors = doors;
    this.#interest = compiled.interest;
    this.#matcher = new Matcher(compiled, { ...limits, memory });
    // Where the packets were recorded nobody knows, so no address is this host's own.
    const lists = new ListReader().read(file, options.lists, []);
    this.problems = lists.problems;
    const blocked = blockedSources(options, lists);
    this.#matcher.setBlocked(blocked);
    this.sharable = { doors: { doors, rules: plainRules, compiled }, matcher: limits, blocked };
    this.#firewall = memoryFirewall({ maxGrants });
    this.#sequences = new OneTimeSequences(doors, { isDry: true });
    const replace = (changed: readonly Door[]): void => this.#replace(changed, rules);
    this.#oneTime = new OneTimeDoors({ doors, sequences: this.#sequences, replace });
  }

  /** What the doors want by now: a one-time sequence that was used changes it. */
  get interest(): Interest {
    return this.#interest;
  }

  /** Runs a recording to its end; its errors pass through. */
  async run(
    source: TupleSource,
    report: (event: Event) => void,
    { paced = source, matching, room }: RunOptions = {},
  ): Promise<void> {
    this.#reading = source;
    await this.#firewall.start(this.#doors);
    const parts = {
      matching: matching ?? new MatchHere(paced, this.#matcher),
      firewall: this.#firewall,
      oneTime: this.#oneTime,
      tickets: this.#tickets,
      doors: () => this.#doors,
    };
    await new Engine({ ...parts, report, room, clock: PACKET_CLOCK }).run();
  }

  stats(): MatcherStats {
    return this.#matcher.stats();
  }

  [Symbol.dispose](): void {
    this.#sequences[Symbol.dispose]();
    this.#tickets[Symbol.dispose]();
  }

  #replace(doors: readonly Door[], rules: CompileOptions): void {
    const compiled = compileDoors(doors, rules);
    this.#interest = compiled.interest;
    this.#reading?.setInterest(compiled.interest);
    this.#matcher.replaceDoors(compiled, rules.compat === 'knockd' ? 'place' : 'equal');
  }
}
