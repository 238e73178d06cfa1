import { actionsOf, type Action, type Effect, type Wake } from '../door/action.ts';
import type { Door } from '../door/door.ts';
import type { Firewall } from '../firewall/firewall.ts';
import type { Event, Instant } from '../report/event.ts';
import { formatAddress, parseAddress, type Address } from '../tuple/address.ts';
import type { Network } from '../tuple/network.ts';
import type { Clock } from './clock.ts';
import { actionEvent, outcomeEvent, type ActionState } from './events.ts';
import { grantedTo, isWithin } from './network-of.ts';
import { openingFor } from './opening.ts';
import type { PendingAction, PendingBook } from './pending-action.ts';

export interface ActionParts {
  readonly firewall: Firewall;
  readonly clock: Clock;
  /** The doors in force, with those of actions. */
  readonly doors: () => readonly Door[];
  /** Has knocks of a source not looked at for a time. */
  readonly ignore: (source: Address, seconds: number) => void;
  /** Undefined: nothing is sent, as in a replay. Throws if it can't be. */
  readonly wake?: ((wake: Wake) => void) | undefined;
  /** Undefined: what waits lives as long as the process. */
  readonly pending?: PendingBook | undefined;
  /** What becomes of actions whose time passed while no daemon ran; default: they are carried out. */
  readonly lost?: 'run' | 'skip' | undefined;
  readonly report: (event: Event) => void;
}

/** Whose knock an action follows from. */
export interface Knocked {
  readonly door: Door;
  readonly source: Address;
}

interface Waiting extends PendingAction {
  /** By the engine's clock. */
  readonly atMs: number;
}

/** More than so many do not wait: who knows a knock can't fill the disk. */
const MOST_WAITING = 1024;

/** Carries out what a right knock sets going, at once or later. */
export class Actions {
  readonly #parts: ActionParts;
  /** In the order of their times. */
  #waiting: Waiting[] = [];

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier process left waiting. */
  restore(nowMs: number, at: Instant): void {
    const wallMs = Date.now();
    for (const left of this.#parts.pending?.left() ?? []) {
      if (left.dueAtMs < wallMs && this.#parts.lost === 'skip') this.#tell(left, at, 'skipped');
      else this.#enter({ ...left, atMs: nowMs + Math.max(0, left.dueAtMs - wallMs) });
    }
    this.#keep(at);
  }

  /** A right knock: what is to be done at once is done, in order; the rest waits. */
  begin(actions: readonly Action[], knocked: Knocked, at: Instant, nowMs: number): void {
    for (const action of actions) {
      if (action.delaySeconds === 0) this.#carryOut(action, knocked, at, nowMs);
    }
    const later = actions
      .filter(({ delaySeconds }) => delaySeconds > 0)
      .map((action) => ({ action, one: this.#delay(action, knocked, at, nowMs) }));
    if (later.length === 0) return;
    this.#keep(at); // before anybody hears that it waits: a kill right behind that loses nothing
    for (const { action, one } of later) {
      if (one !== undefined) this.#tell(one, at, 'waits', `${action.delaySeconds}s`);
    }
  }

  /** Carries out what is due. */
  due(nowMs: number, at: (dueMs: number) => Instant): void {
    for (let next = this.#waiting[0]; next && next.atMs <= nowMs; next = this.#waiting[0]) {
      this.#waiting.shift();
      const time = at(next.atMs);
      const found = this.#find(next);
      if (found === undefined) this.#tell(next, time, 'cancelled');
      else this.#carryOut(found.action, found, time, next.atMs);
      this.#keep(time); // once it is done: better twice than never
    }
  }

  nextDueMs(): number | undefined {
    return this.#waiting[0]?.atMs;
  }

  /** Nothing that waits at a door for these sources happens any more. */
  cancel(door: Door, from: Network, at: Instant): void {
    const isOver = (one: PendingAction): boolean =>
      (one.door === door.name || one.action === door.name) &&
      isWithin(from, parseAddress(one.source)!);
    const over = this.#waiting.filter(isOver);
    if (over.length === 0) return;
    this.#waiting = this.#waiting.filter((one) => !over.includes(one));
    for (const one of over) this.#tell(one, at, 'cancelled');
    this.#keep(at);
  }

  /** What waits now; a second knock moves no action that waits already for the same source. */
  #delay(
    action: Action,
    { door, source }: Knocked,
    at: Instant,
    nowMs: number,
  ): Waiting | undefined {
    const delayMs = action.delaySeconds * 1000;
    const named = { door: door.name, action: action.name, source: formatAddress(source) };
    const one = { ...named, dueAtMs: Date.now() + delayMs, atMs: nowMs + delayMs };
    if (this.#waiting.some((other) => isSame(other, one))) return undefined;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#tell(one, at, 'failed', 'too many actions wait already');
      return undefined;
    }
    this.#enter(one);
    return one;
  }

  #enter(one: Waiting): void {
    const behind = this.#waiting.findIndex(({ atMs }) => atMs > one.atMs);
    this.#waiting.splice(behind < 0 ? this.#waiting.length : behind, 0, one);
  }

  #keep(at: Instant): void {
    try {
      this.#parts.pending?.keep(this.#waiting.map(byName));
    } catch (error) {
      const [one] = this.#waiting;
      if (one !== undefined) this.#tell(one, at, 'not kept', (error as Error).message);
    }
  }

  /** The door and its action, if both are still there. */
  #find(one: PendingAction): (Knocked & { readonly action: Action }) | undefined {
    const source = parseAddress(one.source)!;
    for (const door of this.#parts.doors()) {
      if (door.name !== one.door) continue;
      const action = actionsOf(door).find(({ name }) => name === one.action);
      if (action !== undefined) return { door, source, action };
    }
    return undefined;
  }

  #carryOut(action: Action, { door, source }: Knocked, at: Instant, nowMs: number): void {
    const { report } = this.#parts;
    const told = { door: door.name, action: action.name, source: formatAddress(source) };
    try {
      if (action.effect.kind === 'open') return this.#open(action.effect.door, source, at, nowMs);
      this.#have(action.effect, source, at, nowMs);
      report(actionEvent(told, at, 'done', action.effect));
    } catch (error) {
      report(actionEvent(told, at, 'failed', action.effect, (error as Error).message));
    }
  }

  /** What came of it is told as of any opening. */
  #open(door: Door, source: Address, at: Instant, nowMs: number): void {
    const { firewall, clock, report } = this.#parts;
    const opening = openingFor(door, source, undefined, clock);
    const [outcome] = firewall.apply([opening], nowMs);
    report(outcomeEvent(opening, at, outcome!));
  }

  #have(
    effect: Exclude<Effect, { kind: 'open' }>,
    source: Address,
    at: Instant,
    nowMs: number,
  ): void {
    switch (effect.kind) {
      case 'close':
        for (const door of this.#parts.doors()) {
          if (effect.doors.length > 0 && !effect.doors.includes(door.name)) continue;
          this.#parts.firewall.revoke(door, grantedTo(door, source), nowMs);
          this.cancel(door, grantedTo(door, source), at);
        }
        return;
      case 'ignore':
        return this.#parts.ignore(source, effect.seconds);
      case 'wake':
        return this.#parts.wake?.(effect);
    }
  }

  #tell(one: PendingAction, at: Instant, state: ActionState, detail?: string): void {
    const effect = this.#find(one)?.action.effect;
    this.#parts.report(actionEvent(one, at, state, effect, detail));
  }
}

function byName({ door, action, source, dueAtMs }: Waiting): PendingAction {
  return { door, action, source, dueAtMs };
}

function isSame(a: PendingAction, b: PendingAction): boolean {
  return a.door === b.door && a.action === b.action && a.source === b.source;
}
