import type { Door } from '../door/door.ts';
import { actionsOf, type Action } from '../door/action.ts';
import type { Firewall, Grant, Opening, Outcome } from '../firewall/firewall.ts';
import type { Decision } from '../matcher/decision.ts';
import type { Scan } from '../matcher/scan-watch.ts';
import type { Event, Instant } from '../report/event.ts';
import type { Address } from '../tuple/address.ts';
import type { Network } from '../tuple/network.ts';
import type { Ticket } from '../matcher/encoded/ticket.ts';
import { closeEvent, decisionEvent, outcomeEvent, refusalEvent, scanEvent } from './events.ts';
import { Actions, type ActionParts } from './actions.ts';
import type { Clock } from './clock.ts';
import { HeldGrants } from './held-grants.ts';
import type { Matching } from './matching.ts';
import { grantedTo } from './network-of.ts';
import { openingFor } from './opening.ts';
import { Telling } from './telling.ts';

export interface EngineParts {
  readonly matching: Pick<Matching, 'run' | 'ignore' | 'stats'>;
  readonly firewall: Firewall;
  readonly clock: Clock;
  /** How far the wall clock is ahead of the packets' times by now, in microseconds; default 0. */
  readonly wallShiftUs?: () => number;
  /** Uses up a one-time sequence, and puts the next one in force, before its door opens. */
  readonly oneTime?: OneTime;
  /** Writes down that an encoded knock was used, before anything comes of it. */
  readonly tickets?: Tickets;
  /** The doors in force, which actions are about; default none. */
  readonly doors?: () => readonly Door[];
  readonly wake?: ActionParts['wake'];
  readonly pending?: ActionParts['pending'];
  readonly lostActions?: ActionParts['lost'];
  /** Told of everything that happens, in order; live, of stages, timeouts and refusals a moment later. */
  readonly report: (event: Event) => void;
  /** Undefined, or until whoever is told has room for more; packets wait for it. Default: there is always room. */
  readonly room?: (() => Promise<unknown> | undefined) | undefined;
  /** Whether that moment is not to be, since other lines are told besides. Default false. */
  readonly reportsAtOnce?: boolean;
  /** Told of sources that were found to scan, behind the events about them. */
  readonly onScans?: (scans: readonly Scan[]) => void;
  /** Told how many event lines were left out since it was told last. */
  readonly reportSuppressed?: (count: number) => void;
}

/** The door to open for a one-time sequence, or why it must not be opened. */
export interface OneTime {
  spend(door: Door): { readonly door: Door } | { readonly refusal: string };
}

/** Why a knock must not count, or undefined: it is good, and never again. */
export interface Tickets {
  spend(ticket: Ticket, source: Address, seconds: number): string | undefined;
}

type OpenDecision = Decision & { readonly kind: 'open' };

const EVERYBODY: readonly Network[] = [
  { address: { family: 4, words: [0, 0, 0xffff, 0] }, prefix: 0 },
  { address: { family: 6, words: [0, 0, 0, 0] }, prefix: 0 },
];

/** The longest that a timer may sleep: node clips longer ones to 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What comes of decisions: matching -> firewall -> report. The daemon and a replay both run it. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #actions: Actions;
  readonly #held: HeldGrants;
  readonly #telling: Telling;
  #expiry: NodeJS.Timeout | undefined;
  #suppressed = 0;
  /** The decision that is carried out: its time is the time, in a replay. */
  #current: Instant | undefined;
  #suppressedToldMs = 0;

  constructor(given: EngineParts) {
    this.#telling = new Telling(given.report);
    const parts = { ...given, report: (event: Event) => this.#telling.now(event) };
    this.#parts = parts;
    const { doors = () => [], matching } = parts;
    this.#actions = new Actions({
      ...parts,
      doors,
      lost: parts.lostActions,
      ignore: (source, seconds) => matching.ignore(source, seconds),
    });
    this.#held = new HeldGrants(parts.firewall, parts.clock, doors);
    parts.firewall.onRevoked((grants) => {
      for (const grant of grants) parts.report(closeEvent(grant, this.#instant(), 'revoked'));
    });
  }

  /** Runs until the source ends; its errors pass through after what came before them was carried out. */
  async run(): Promise<void> {
    const { matching, clock } = this.#parts;
    this.#held.start();
    if (clock.kind === 'monotonic') this.#actions.restore(clock.nowMs(), fromMs(Date.now()));
    this.#armExpiry();
    try {
      await matching.run({
        decided: (decisions) => this.#carryOut(decisions),
        scanned: (scans) => this.#tellScans(scans),
        passed: (last) => {
          if (last !== undefined) this.#expire(last);
          this.#tellSuppressed(1000);
        },
        room: () => this.#parts.room?.(),
      });
    } finally {
      clearTimeout(this.#expiry);
      this.#held.stop();
      this.#telling.flush();
      this.#tellSuppressed(0);
    }
  }

  /** Opens by hand, and tells of it as of a knock. */
  open(openings: readonly Opening[]): readonly Outcome[] {
    const { firewall, clock, report } = this.#parts;
    if (clock.kind !== 'monotonic') throw new Error('nobody opens by hand in a replay');
    const outcomes = firewall.apply(openings, clock.nowMs());
    const now = fromMs(Date.now());
    for (const [at, outcome] of outcomes.entries()) {
      report(outcomeEvent(openings[at]!, now, outcome));
    }
    this.#armExpiry();
    return outcomes;
  }

  /** Ends grants before their time; `from`: whose, or everybody's. */
  revoke(door: Door, from: Network | undefined): readonly Grant[] {
    const { firewall, clock } = this.#parts;
    if (clock.kind !== 'monotonic') throw new Error('nobody revokes in a replay');
    const networks = from === undefined ? EVERYBODY : [from];
    const ended = networks.flatMap((network) => firewall.revoke(door, network, clock.nowMs()));
    for (const network of networks) this.#actions.cancel(door, network, this.#instant());
    this.#armExpiry();
    return ended;
  }

  /** The machine has slept, and the clock by which grants end with it: they end so much earlier. */
  slept(ms: number): void {
    const { firewall, clock } = this.#parts;
    if (clock.kind !== 'monotonic') throw new Error('nobody sleeps in a replay');
    firewall.shorten(ms, clock.nowMs());
    this.#armExpiry();
  }

  #tellScans(scans: readonly Scan[]): void {
    const { report, onScans } = this.#parts;
    for (const scan of scans) report(scanEvent(scan, this.#wallTime(scan)));
    onScans?.(scans);
  }

  /** What was decided in one turn: live, its openings are one transaction; in a replay each has its own time. */
  #carryOut(decisions: readonly Decision[]): void {
    const { clock } = this.#parts;
    if (clock.kind === 'packets') {
      for (const decision of decisions) {
        this.#expire(decision);
        this.#current = decision;
        this.#openAndReport([decision], clock.atMs(decision));
      }
    } else if (this.#parts.reportsAtOnce !== true && decisions.every(isNoOpening)) {
      for (const decision of decisions) this.#reportLater(decision);
    } else {
      for (const run of runsOf(decisions)) this.#openAndReport(run, clock.nowMs());
      this.#armExpiry();
    }
  }

  #reportLater(decision: Decision): void {
    this.#telling.later(() => decisionEvent(decision, this.#wallTime(decision)));
  }

  #openAndReport(decisions: readonly Decision[], nowMs: number): void {
    const { firewall, report, clock } = this.#parts;
    const openings: Opening[] = [];
    const chosen: OpenDecision[] = [];
    const matches: OpenDecision[] = [];
    const refusals = new Map<Decision, Event>();
    const closings: OpenDecision[] = [];
    for (const decision of decisions) {
      if (decision.kind !== 'open') continue;
      const door = this.#mayOpen(decision);
      if ('refusal' in door) {
        refusals.set(decision, refusalEvent(decision, this.#wallTime(decision), door.refusal));
      } else if (decision.ticket?.action === 'close') {
        closings.push(decision);
      } else if (decision.ticket?.action === 'offer') {
        chosen.push(decision);
      } else {
        matches.push(decision);
        openings.push(
          openingFor(door.door, whoFor(decision), decision.ticket?.openForSeconds, clock),
        );
      }
    }
    const outcomes = openings.length === 0 ? [] : firewall.apply(openings, nowMs);
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.kind !== 'refused') continue;
      const match = matches[at]!;
      refusals.set(match, outcomeEvent(openings[at]!, this.#wallTime(match), outcome));
    }
    for (const decision of decisions) {
      report(refusals.get(decision) ?? decisionEvent(decision, this.#wallTime(decision)));
    }
    for (const [at, outcome] of outcomes.entries()) {
      if (outcome.kind === 'refused') continue;
      report(outcomeEvent(openings[at]!, this.#wallTime(matches[at]!), outcome));
    }
    for (const [at, { kind }] of outcomes.entries()) {
      if (kind === 'opened') this.#begin(matches[at]!, openings[at]!.door.actions, nowMs);
    }
    for (const choice of chosen) {
      this.#begin(choice, choice.door.offers?.[choice.ticket!.offer!]?.actions, nowMs);
    }
    for (const closing of closings) this.#close(closing, nowMs);
  }

  #begin(decision: OpenDecision, actions: readonly Action[] = [], nowMs: number): void {
    if (actions.length === 0) return;
    const knocked = { door: decision.door, source: whoFor(decision) };
    this.#actions.begin(actions, knocked, this.#wallTime(decision), nowMs);
  }

  /** Its grants end as if by hand, and are told of by who listens to that. */
  #close(decision: OpenDecision, nowMs: number): void {
    try {
      const { door } = decision;
      const network = grantedTo(door, whoFor(decision));
      this.#parts.firewall.revoke(door, network, nowMs);
      this.#actions.cancel(door, network, this.#wallTime(decision));
    } catch (error) {
      const why = `failed (${(error as Error).message})`;
      this.#parts.report(refusalEvent(decision, this.#wallTime(decision), why));
    }
  }

  #mayOpen({
    door,
    ticket,
    source,
    seconds,
  }: OpenDecision): { readonly door: Door } | { readonly refusal: string } {
    if (ticket !== undefined && ticket.isReusable !== true) {
      const { tickets } = this.#parts;
      const refusal =
        tickets === undefined
          ? 'nobody marks its knock as used'
          : tickets.spend(ticket, source, seconds);
      return refusal === undefined ? { door } : { refusal };
    }
    if (door.oneTimeSequences === undefined) return { door };
    return this.#parts.oneTime?.spend(door) ?? { refusal: 'nobody marks its sequence as used' };
  }

  /** What a packet's time is by the wall clock: live, packets carry one that nobody sets. */
  #wallTime(packet: Instant): Instant {
    const shiftUs = this.#parts.wallShiftUs?.() ?? 0;
    if (shiftUs === 0) return packet;
    const nanoseconds = packet.nanoseconds + (shiftUs % 1e6) * 1000;
    const carry = Math.floor(nanoseconds / 1e9);
    const seconds = packet.seconds + Math.trunc(shiftUs / 1e6) + carry;
    return { seconds, nanoseconds: nanoseconds - carry * 1e9 };
  }

  #instant(): Instant {
    const isReplay = this.#parts.clock.kind === 'packets';
    return isReplay && this.#current !== undefined ? this.#current : fromMs(Date.now());
  }

  /** What has ended, and what was due, by a packet's time: in the order of their own. */
  #expire(packet: Instant): void {
    const { clock } = this.#parts;
    if (clock.kind !== 'packets') return;
    const nowMs = clock.atMs(packet);
    for (let dueMs = this.#dueMs(); dueMs <= nowMs; dueMs = this.#dueMs()) {
      this.#tellEnded(dueMs);
      this.#actions.due(dueMs, fromMs);
    }
    this.#tellEnded(nowMs);
  }

  #dueMs(): number {
    return this.#actions.nextDueMs() ?? Infinity;
  }

  #tellEnded(nowMs: number): void {
    const { firewall, report } = this.#parts;
    for (const grant of firewall.expire(nowMs)) report(closeEvent(grant, fromMs(grant.untilMs)));
  }

  /** One timer, for whichever grant ends or action is due next. The kernel ends grants by itself; this is for the log. */
  #armExpiry(): void {
    const { firewall, clock, report } = this.#parts;
    if (clock.kind !== 'monotonic') return;
    clearTimeout(this.#expiry);
    const untilMs = Math.min(firewall.nextExpiryMs() ?? Infinity, this.#dueMs());
    if (untilMs === Infinity) return;
    const delayMs = Math.min(Math.max(1, untilMs - clock.nowMs()), MAX_TIMER_MS);
    this.#expiry = setTimeout(() => {
      this.#actions.due(clock.nowMs(), () => fromMs(Date.now()));
      for (const grant of firewall.expire(clock.nowMs())) {
        report(closeEvent(grant, fromMs(Date.now())));
      }
      this.#armExpiry();
    }, delayMs);
  }

  /** At most once a second, so that the line about lines left out is no flood itself. */
  #tellSuppressed(everyMs: number): void {
    const { matching, reportSuppressed } = this.#parts;
    if (reportSuppressed === undefined || performance.now() - this.#suppressedToldMs < everyMs)
      return;
    this.#suppressedToldMs = performance.now();
    const { suppressed } = matching.stats();
    if (suppressed > this.#suppressed) {
      this.#telling.flush();
      reportSuppressed(suppressed - this.#suppressed);
    }
    this.#suppressed = suppressed;
  }
}

/** Whom a knock opens for: whoever sent it, if it names nobody else. */
function whoFor({ source, ticket }: OpenDecision): Address {
  return ticket?.subject ?? source;
}

function isNoOpening({ kind }: Decision): boolean {
  return kind !== 'open';
}

/** Cut behind each knock that closes or has something done, so that all happens in its order. */
function runsOf(decisions: readonly Decision[]): readonly (readonly Decision[])[] {
  const runs: Decision[][] = [[]];
  for (const decision of decisions) {
    runs.at(-1)!.push(decision);
    if (decision.kind === 'open' && isCut(decision)) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

function isCut({ door, ticket }: OpenDecision): boolean {
  return ticket?.action === 'close' || actionsOf(door).length > 0;
}

function fromMs(ms: number): Instant {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1e6) };
}
