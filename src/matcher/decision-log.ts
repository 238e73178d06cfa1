import { actionsOf } from '../door/action.ts';
import type { Door } from '../door/door.ts';
import type { Address } from '../tuple/address.ts';
import { sourceAt, targetAt } from '../tuple/batch-address.ts';
import type { CompiledDoor } from './compiled-door.ts';
import type { Decision, RefuseReason } from './decision.ts';
import { EventBudget } from './event-budget.ts';
import type { Ticket } from './encoded/ticket.ts';
import type { Knock } from './knock.ts';
import type { PacketClock } from './packet-clock.ts';

/** How often each thing was decided; what the budget left out of the decisions counts here all the same. */
export interface MatcherStats {
  /** Packets that some door looked at. */
  readonly knocks: number;
  /** Packets that some door would have looked at, from sources that are blocked. */
  readonly blocked: number;
  readonly stages: number;
  readonly opened: number;
  readonly timedOut: number;
  readonly wrongPort: number;
  readonly tripwire: number;
  readonly held: number;
  /** Right knocks that came too soon behind the one before. */
  readonly cooldown: number;
  readonly evicted: number;
  /** Sealed knocks outside their time. */
  readonly late: number;
  readonly early: number;
  /** Seals that did not fit: another address than the one inside, or made up. */
  readonly forged: number;
  readonly tooWide: number;
  /** Knocks for an action that the door does not offer. */
  readonly notOffered: number;
  /** Packets of sources that an action has ignored. */
  readonly ignored: number;
  /** Encoded knocks of all symbols of which none was right, and of at least half of them. */
  readonly garbled: number;
  readonly unfinished: number;
  /** Holds begun, with or without an attempt to lose. */
  readonly holds: number;
  /** Decisions that were counted only, since the second's lines were used up. */
  readonly suppressed: number;
}

/** Counts every decision, and writes down those that the budget lets pass; openings always pass. */
export class DecisionLog {
  decisions: Decision[] = [];
  /** Whether what follows may depend on what comes of an opening. */
  mustPause = false;
  ignored = 0;
  knocks = 0;
  blocked = 0;
  holds = 0;
  /** Told of every refusal, whether its line passes or not. */
  onRefuse: ((knock: Knock) => void) | undefined;
  #garbled = 0;
  #unfinished = 0;
  #stages = 0;
  #opened = 0;
  #timedOut = 0;
  readonly #refused: Record<RefuseReason, number> = {
    'wrong port': 0,
    tripwire: 0,
    held: 0,
    cooldown: 0,
    evicted: 0,
    late: 0,
    early: 0,
    forged: 0,
    'too wide': 0,
    'not offered': 0,
  };
  readonly #clock: PacketClock;
  readonly #budget: EventBudget;

  constructor(clock: PacketClock, eventLinesPerSecond: number) {
    this.#clock = clock;
    this.#budget = new EventBudget(eventLinesPerSecond, clock);
  }

  begin(decisions: Decision[]): void {
    this.decisions = decisions;
    this.mustPause = false;
  }

  /** True if the line passed. */
  stage({ door }: CompiledDoor, knock: Knock, stage: number): boolean {
    this.#stages++;
    if (!this.#budget.take()) return false;
    this.#tellStage(door, knock, stage);
    return true;
  }

  #tellStage(door: Door, { batch, row }: Knock, stage: number): void {
    const { seconds, nanoseconds } = this.#clock;
    const source = sourceAt(batch, row);
    this.decisions.push({ kind: 'stage', door, source, seconds, nanoseconds, stage });
  }

  open({ door }: CompiledDoor, { batch, row }: Knock, ticket?: Ticket): void {
    this.#opened++;
    if (changesWhatFollows(door)) this.mustPause = true;
    const { seconds, nanoseconds } = this.#clock;
    const source = sourceAt(batch, row);
    const target = targetAt(batch, row);
    const said = ticket === undefined ? {} : { ticket };
    this.decisions.push({ kind: 'open', door, source, seconds, nanoseconds, target, ...said });
  }

  /** Counts an attempt that ended by itself: its time was up, or it had to make room. */
  end(isTimeout: boolean): void {
    if (isTimeout) this.#timedOut++;
    else this.#refused.evicted++;
  }

  /** Tells of such an end; no line told of most attempts, so none tells of theirs. */
  tellEnd({ door }: CompiledDoor, source: Address, stage: number, isTimeout: boolean): void {
    if (!this.#budget.take()) return;
    const { seconds, nanoseconds } = this.#clock;
    const told = { door, source, seconds, nanoseconds, stage };
    this.decisions.push(
      isTimeout ? { kind: 'timeout', ...told } : { kind: 'refuse', ...told, reason: 'evicted' },
    );
  }

  refuse({ door }: CompiledDoor, knock: Knock, stage: number, reason: RefuseReason): void {
    this.#refused[reason]++;
    this.onRefuse?.(knock);
    if (!this.#budget.take()) return;
    const { seconds, nanoseconds } = this.#clock;
    const source = sourceAt(knock.batch, knock.row);
    this.decisions.push({ kind: 'refuse', door, source, seconds, nanoseconds, stage, reason });
  }

  /** An encoded knock came to nothing, so many of its symbols being there. A few are everybody's noise. */
  gone(symbols: number, ofAll: number): void {
    if (symbols === ofAll) this.#garbled++;
    else if (symbols * 2 >= ofAll) this.#unfinished++;
  }

  stats(): MatcherStats {
    return {
      knocks: this.knocks,
      blocked: this.blocked,
      stages: this.#stages,
      opened: this.#opened,
      timedOut: this.#timedOut,
      wrongPort: this.#refused['wrong port'],
      tripwire: this.#refused.tripwire,
      held: this.#refused.held,
      cooldown: this.#refused.cooldown,
      evicted: this.#refused.evicted,
      late: this.#refused.late,
      early: this.#refused.early,
      forged: this.#refused.forged,
      tooWide: this.#refused['too wide'],
      notOffered: this.#refused['not offered'],
      ignored: this.ignored,
      garbled: this.#garbled,
      unfinished: this.#unfinished,
      holds: this.holds,
      suppressed: this.#budget.suppressed,
    };
  }
}

/** The door has another sequence then, or its source is ignored. */
function changesWhatFollows(door: Door): boolean {
  if (door.oneTimeSequences !== undefined) return true;
  return actionsOf(door).some(({ effect }) => effect.kind === 'ignore');
}
