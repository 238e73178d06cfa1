import type { Interest } from '../matcher/interest.ts';
import { COUNTERS } from '../tuple/columns.ts';
import { CaptureError } from './capture-error.ts';
import { exchangeInterest } from './exchange-interest.ts';
import { heardBy, heardTwice } from './heard-twice.ts';
import type { LinkEvent, LinkState } from './link-event.ts';
import type { Link } from './link-watch.ts';
import { namedCounters } from './named-counters.ts';
import type { NativeRing } from './native-ring.ts';
import type { SourceCounters } from './source.ts';

/** Opens the ring of an interface, whose packets carry this number in the `interface` column. */
export type OpenRing = (name: string, column: number, interest: Interest) => NativeRing;

type Twice = ReadonlyMap<Link, Link>;

/** One interface by its name, whatever link bears that name at the moment. */
interface Tap {
  readonly name: string;
  ring: NativeRing | undefined;
  state: LinkState | undefined;
}

/**
 * The rings of a source: one for each of its interfaces that can be listened on at the moment. An
 * interface is what bears its name: a link that is renamed is another one, and a link that is made again
 * is the same one, with a new ring.
 */
export class RingSet {
  readonly #open: OpenRing;
  readonly #taps: Tap[] = [];
  /** Their links are gone, but not all that they heard has been taken. */
  readonly #leaving = new Set<NativeRing>();
  /** All of them; undefined once that has changed. */
  #rings: readonly NativeRing[] | undefined;
  readonly #past = new Float64Array(COUNTERS.length + 1);
  #pastDropped = 0;
  #wallShift = 0;
  #names: readonly string[];
  #interest: Interest;

  constructor(names: readonly string[], interest: Interest, open: OpenRing) {
    this.#open = open;
    this.#interest = interest;
    this.#names = names;
    this.listenOn(names);
  }

  get names(): readonly string[] {
    return this.#names;
  }

  /** Names by the `interface` column: those of now, and those that were listened on before. */
  get interfaces(): readonly string[] {
    return this.#taps.map(({ name }) => name);
  }

  /** The rings that may hold packets. */
  get rings(): readonly NativeRing[] {
    this.#rings ??= [...this.#taps.flatMap(({ ring }) => ring ?? []), ...this.#leaving];
    return this.#rings;
  }

  /** By column, ARPHRD_* of the interface; undefined while it is not listened on. */
  get hardware(): readonly (number | undefined)[] {
    return this.#taps.map(({ ring }) => ring?.hardware());
  }

  /** By interface, the group that its ring shares in. */
  get groups(): Readonly<Record<string, number>> {
    const groups = this.#taps.flatMap(({ name, ring }) => {
      const group = ring?.group();
      return group === undefined ? [] : [[name, group] as const];
    });
    return Object.fromEntries(groups);
  }

  /** Whether some link is listened on that still exists. */
  get isBound(): boolean {
    return this.#taps.some(({ ring }) => ring?.isBound() === true);
  }

  /** Whether some interface is not listened on that should be. */
  get isWaiting(): boolean {
    return this.#taps.some(({ state }) => state?.kind === 'missing' || state?.kind === 'failed');
  }

  /** Other interfaces from the next `follow` on. */
  listenOn(names: readonly string[]): void {
    this.#names = names;
    for (const name of names) {
      if (this.#taps.some((tap) => tap.name === name)) continue;
      this.#taps.push({ name, ring: undefined, state: undefined });
    }
  }

  /** Opens and closes rings until they are as these links want them; what has changed. */
  follow(links: readonly Link[]): LinkEvent[] {
    const twice = heardTwice(links);
    const events: LinkEvent[] = [];
    for (const [column, tap] of this.#taps.entries()) {
      const before = tap.state;
      tap.state = this.#names.includes(tap.name)
        ? this.#placed(tap, column, links, twice)
        : this.#left(tap);
      if (tap.state !== undefined && hasChanged(before, tap.state)) {
        events.push({ interface: tap.name, before, now: tap.state });
      }
    }
    return events;
  }

  /** Lets go of rings whose links are gone and that are empty. To be called after a round of drains. */
  settle(): void {
    for (const ring of this.#leaving) {
      if (!ring.isEmpty()) continue;
      this.#leaving.delete(ring);
      this.#rings = undefined;
      ring.close();
      this.#keepTotals(ring);
    }
  }

  /** All rings or none. */
  setInterest(interest: Interest): void {
    exchangeInterest(this.rings, this.#interest, interest);
    this.#interest = interest;
  }

  counters(): SourceCounters {
    const sums = this.#past.slice();
    let dropped = this.#pastDropped;
    for (const ring of this.rings) dropped += addTotals(ring, sums);
    return namedCounters((into) => into.set(sums), { dropped, freezes: 0 });
  }

  /** The wall clock is one: that of the first ring will do. */
  wallShift(): number {
    return (this.#wallShift = this.rings[0]?.wallShift() ?? this.#wallShift);
  }

  close(): void {
    for (const ring of this.rings) ring.close();
  }

  /** Puts a tap's ring where it should be. */
  #placed(tap: Tap, column: number, links: readonly Link[], twice: Twice): LinkState {
    if (tap.name === 'any') return this.#placedEverywhere(tap, column, twice);
    const link = links.find(({ name }) => name === tap.name);
    const by = link === undefined ? undefined : heardBy(link, twice, this.#names);
    if (by !== undefined || tap.ring?.interfaceIndex() !== link?.index) this.#left(tap);
    if (by !== undefined) return { kind: 'spared', by: by.name };
    return this.#opened(tap, column, link?.isUp ?? true);
  }

  /** Where all links are heard at once, each packet is to be heard on one of them. */
  #placedEverywhere(tap: Tap, column: number, twice: Twice): LinkState {
    const state = this.#opened(tap, column, true);
    const doubled = [...twice.keys()].map(({ index }) => index);
    tap.ring?.passOver(Uint32Array.from(doubled).sort());
    return state;
  }

  /** Opens the tap's ring unless it is open. */
  #opened(tap: Tap, column: number, isUp: boolean): LinkState {
    try {
      if (tap.ring === undefined) {
        tap.ring = this.#open(tap.name, column, this.#interest);
        this.#rings = undefined;
      }
      return { kind: 'heard', index: tap.ring.interfaceIndex(), isUp };
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      return { kind: error.code === 'CAPTURE_NO_INTERFACE' ? 'missing' : 'failed', error };
    }
  }

  /** What its ring still holds is taken before it is closed. */
  #left(tap: Tap): undefined {
    if (tap.ring === undefined) return;
    tap.ring.unwatch();
    this.#leaving.add(tap.ring);
    tap.ring = undefined;
    this.#rings = undefined;
  }

  #keepTotals(ring: NativeRing): void {
    this.#pastDropped += addTotals(ring, this.#past);
  }
}

/** Adds a ring's counters, and returns what it dropped. */
function addTotals(ring: NativeRing, sums: Float64Array): number {
  const one = new Float64Array(sums.length);
  ring.counters(one);
  for (const [at, value] of one.entries()) sums[at]! += value;
  return ring.dropped();
}

/** That an interface is there and up at the start is nothing to tell. */
function hasChanged(before: LinkState | undefined, now: LinkState): boolean {
  const isFirst = before === undefined;
  return isFirst
    ? now.kind !== 'heard' || !now.isUp
    : JSON.stringify(before) !== JSON.stringify(now);
}
