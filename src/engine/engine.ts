import type { Door } from '../door/door.ts';
import type { Firewall, Grant, Opening, Outcome } from '../firewall/firewall.ts';
import type { Decision } from '../matcher/decision.ts';
import type { Matcher } from '../matcher/matcher.ts';
import type { Event, Instant } from '../report/event.ts';
import type { Network } from '../tuple/network.ts';
import { closeEvent, decisionEvent, outcomeEvent, refusalEvent } from './events.ts';
import type { TupleSource } from '../source/source.ts';
import type { Clock } from './clock.ts';

export interface EngineParts {
  readonly source: TupleSource;
  readonly matcher: Matcher;
  readonly firewall: Firewall;
  readonly clock: Clock;
  /** How far the wall clock is ahead of the packets' times by now, in microseconds; default 0. */
  readonly wallShiftUs?: () => number;
  /** Uses up a one-time sequence, and puts the next one in force, before its door opens. */
  readonly oneTime?: OneTime;
  /** Told of everything that happens, in order. */
  readonly report: (event: Event) => void;
  /** Told how many event lines were left out since it was told last. */
  readonly reportSuppressed?: (count: number) => void;
}

/** The door to open for a one-time sequence, or why it must not be opened. */
export interface OneTime {
  spend(door: Door): { readonly door: Door } | { readonly refusal: string };
}

const EVERYBODY: readonly Network[] = [
  { address: { family: 4, words: [0, 0, 0xffff, 0] }, prefix: 0 },
  { address: { family: 6, words: [0, 0, 0, 0] }, prefix: 0 },
];

/** The longest that a timer may sleep: node clips longer ones to 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The loop itself: source -> matcher -> firewall -> report. The daemon and a replay both run it. */
export class Engine {
  readonly #parts: EngineParts;
  readonly #decisions: Decision[] = [];
  #expiry: NodeJS.Timeout | undefined;
  #suppressed = 0;
  #suppressedToldMs = 0;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    parts.firewall.onRevoked((grants) => {
      for (const grant of grants) parts.report(closeEvent(grant, fromMs(Date.now()), 'revoked'));
    });
  }

  /** Runs until the source ends; its errors pass through after what came before them was carried out. */
  async run(): Promise<void> {
    const { source, matcher, clock } = this.#parts;
    const decisions = this.#decisions;
    this.#armExpiry();
    try {
      for await (const batch of source) {
        for (let row = 0; row < batch.length;) {
          row = matcher.match(batch, decisions, row);
          if (decisions.length > 0) this.#carryOut(decisions);
          decisions.length = 0;
        }
        if (clock.kind === 'packets' && batch.length > 0) {
          const last = batch.length - 1;
          this.#expire({ seconds: batch.seconds[last]!, nanoseconds: batch.nanoseconds[last]! });
        }
        this.#tellSuppressed(1000);
      }
    } finally {
      clearTimeout(this.#expiry);
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

  /** What was decided in one turn: live, its openings are one transaction; in a replay each has its own time. */
  #carryOut(decisions: readonly Decision[]): void {
    const { clock } = this.#parts;
    if (clock.kind === 'packets') {
      for (const decision of decisions) {
        this.#expire(decision);
        this.#openAndReport([decision], clock.atMs(decision));
      }
    } else {
      this.#openAndReport(decisions, clock.nowMs());
      this.#armExpiry();
    }
  }

  #openAndReport(decisions: readonly Decision[], nowMs: number): void {
    const { firewall, report } = this.#parts;
    const openings: Opening[] = [];
    const matches: Decision[] = [];
    const refusals: Event[] = [];
    for (const decision of decisions) {
      if (decision.kind !== 'open') continue;
      const door = this.#mayOpen(decision.door);
      if ('refusal' in door) {
        refusals.push(refusalEvent(decision, this.#wallTime(decision), door.refusal));
      } else {
        matches.push(decision);
        openings.push(toOpening(decision, door.door));
      }
    }
    const outcomes = openings.length === 0 ? [] : firewall.apply(openings, nowMs);
    for (const decision of decisions) report(decisionEvent(decision, this.#wallTime(decision)));
    for (const refusal of refusals) report(refusal);
    for (const [at, outcome] of outcomes.entries()) {
      report(outcomeEvent(openings[at]!, this.#wallTime(matches[at]!), outcome));
    }
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

  #mayOpen(door: Door): { readonly door: Door } | { readonly refusal: string } {
    if (door.oneTimeSequences === undefined) return { door };
    return this.#parts.oneTime?.spend(door) ?? { refusal: 'nobody marks its sequence as used' };
  }

  #expire(packet: Instant): void {
    const { firewall, clock, report } = this.#parts;
    if (clock.kind !== 'packets') return;
    for (const grant of firewall.expire(clock.atMs(packet))) {
      report(closeEvent(grant, fromMs(grant.untilMs)));
    }
  }

  /** One timer, for whichever grant ends next. The kernel ends it by itself; this is for the log. */
  #armExpiry(): void {
    const { firewall, clock, report } = this.#parts;
    if (clock.kind !== 'monotonic') return;
    clearTimeout(this.#expiry);
    const untilMs = firewall.nextExpiryMs();
    if (untilMs === undefined) return;
    const delayMs = Math.min(Math.max(1, untilMs - clock.nowMs()), MAX_TIMER_MS);
    this.#expiry = setTimeout(() => {
      for (const grant of firewall.expire(clock.nowMs())) {
        report(closeEvent(grant, fromMs(Date.now())));
      }
      this.#armExpiry();
    }, delayMs);
  }

  /** At most once a second, so that the line about lines left out is no flood itself. */
  #tellSuppressed(everyMs: number): void {
    const { matcher, reportSuppressed } = this.#parts;
    if (reportSuppressed === undefined || performance.now() - this.#suppressedToldMs < everyMs)
      return;
    this.#suppressedToldMs = performance.now();
    const { suppressed } = matcher.stats();
    if (suppressed > this.#suppressed) reportSuppressed(suppressed - this.#suppressed);
    this.#suppressed = suppressed;
  }
}

function toOpening({ source }: Decision, door: Door): Opening {
  return { door, source, openForMs: door.openForSeconds * 1000 };
}

function fromMs(ms: number): Instant {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1e6) };
}
