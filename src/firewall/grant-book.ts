import type { Door, OpenPorts } from '../door/door.ts';
import { grantPrefix } from '../door/grant-prefix.ts';
import { portsFor, samePorts } from '../door/ports.ts';
import { maskAddress, type Address } from '../tuple/address.ts';
import type { Network } from '../tuple/network.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import { KNOCK, type Grant } from './firewall.ts';
import { giverNumber } from './giver.ts';
import { GrantNumbers } from './grant-numbers.ts';
import { GrantTable, NO_SLOT } from './grant-table.ts';

/**
 * For so long an ended grant is remembered: the kernel ends an element at its next tick (10 ms at
 * HZ=100), so until then the element may still be there.
 */
const LINGER_MS = 100;

/** What `enter` did, so that it can be taken back. */
export interface Admission {
  /** Where the grant stands in the book, until it has ended. */
  readonly slot: number;
  readonly isRenewal: boolean;
  /** The end before it was renewed. */
  readonly previousMs: number;
  /** Who gave it before it was renewed. */
  readonly previousBy: string;
  /** Whether an element of this source may be in the kernel already. */
  readonly mayLinger: boolean;
}

/** The grants of one door. */
interface Page {
  readonly number: number;
  readonly door: Door;
  live: number;
}

/**
 * Who may come in, and until when: one grant for each door and source. Knows no kernel and no clock, so
 * all firewalls keep the same book. A grant is entered before the kernel has agreed, and withdrawn if it
 * does not.
 */
export class GrantBook {
  readonly table: GrantTable;
  readonly #maxByKnock: number;
  readonly #maxByHand: number;
  readonly #pages: Page[] = [];
  readonly #pageOf = new Map<Door, Page>();
  /** Slots by their ends, or by an earlier end that they had before they were renewed. */
  readonly #deadlines = new DeadlineHeap<number>();
  /** Slots of ended grants by the time they may be forgotten. */
  readonly #lingering = new DeadlineHeap<number>();
  readonly #withdrawn = new Set<number>();
  /** Ports of grants that were taken over with fewer than their door has. */
  readonly #fewer = new Map<number, readonly OpenPorts[]>();
  /** Who gave the grants that people gave. */
  readonly #givers = new Map<number, string>();
  /** Ended and not yet reported, in order of their ends. */
  #due: Grant[] = [];
  #live = 0;
  readonly #numbers: GrantNumbers;
  readonly #elsewhere: () => number;

  /** `elsewhere`: how many grants there are that count as well and that other books keep. */
  constructor(
    maxGrants: number,
    numbers: GrantNumbers = new GrantNumbers(),
    elsewhere: () => number = () => 0,
  ) {
    this.#elsewhere = elsewhere;
    this.#maxByKnock = maxGrants;
    this.#maxByHand = withReserve(maxGrants);
    this.#numbers = numbers;
    this.table = new GrantTable(maxGrants);
  }

  /** Grants that are open. */
  get size(): number {
    return this.#live;
  }

  /** Number for a grant that the book does not keep. */
  takeId(): number {
    return this.#numbers.take();
  }

  /** Ends what is due. Everything else is asked as of this time. */
  advance(nowMs: number): void {
    for (let dueMs = this.#soonestMs(); dueMs !== undefined && dueMs <= nowMs;) {
      this.#end(this.#deadlines.peek()!);
      this.#deadlines.pop();
      dueMs = this.#soonestMs();
    }
    while (this.#lingering.size > 0 && this.#lingering.peekMs()! <= nowMs) {
      this.table.release(this.#lingering.peek()!);
      this.#lingering.pop();
    }
  }

  /** The slot of a door's grant to an address masked to its prefix; it may have ended a moment ago. */
  find(door: Door, source: Address): number {
    const page = this.#pageOf.get(door);
    return page === undefined ? NO_SLOT : this.table.find(page.number, source);
  }

  grantAt(slot: number): Grant {
    const { table } = this;
    const { door } = this.#pages[table.page[slot]!]!;
    const grant = {
      id: table.id[slot]!,
      door,
      source: table.source(slot),
      prefix: grantPrefix(door, table.family[slot] === 4 ? 4 : 6),
      ports: this.portsAt(slot),
      untilMs: table.untilMs[slot]!,
      by: this.#givers.get(slot) ?? KNOCK,
    };
    if (door.whileConnected === undefined) return grant;
    return { ...grant, aliveUntilMs: table.aliveMs[slot]! };
  }

  portsAt(slot: number): readonly OpenPorts[] {
    return (
      this.#fewer.get(slot) ?? portsFor(this.doorAt(slot), this.table.family[slot] === 4 ? 4 : 6)
    );
  }

  /** Whether a grant may have fewer ports than its door. */
  hasFewer(slot: number): boolean {
    return this.#fewer.has(slot);
  }

  familyAt(slot: number): 'ipv4' | 'ipv6' {
    return this.table.family[slot] === 4 ? 'ipv4' : 'ipv6';
  }

  /** A grant loses some of its ports; one without any is revoked. Whether it has any left. */
  losePorts(slot: number, lost: readonly OpenPorts[]): boolean {
    const left = this.portsAt(slot).filter((ports) => !lost.some((each) => samePorts(each, ports)));
    if (left.length === 0) this.revoke(slot);
    else this.#fewer.set(slot, left);
    return left.length > 0;
  }

  /** Takes over what another book has yet to report. */
  inherit(ended: readonly Grant[]): void {
    this.#due.push(...ended);
  }

  doorAt(slot: number): Door {
    return this.#pages[this.table.page[slot]!]!.door;
  }

  /** Enters a grant or renews it; undefined if there are as many as there may be. */
  enter(
    door: Door,
    source: Address,
    nowMs: number,
    untilMs: number,
    by: string = KNOCK,
  ): Admission | undefined {
    const { table } = this;
    const page = this.#page(door);
    const masked = maskAddress(source, grantPrefix(door, source.family));
    const known = table.find(page.number, masked);
    if (known !== NO_SLOT && table.untilMs[known]! > nowMs) {
      return this.#renew(known, untilMs, by);
    }
    if (!this.#hasRoom(page, by)) return undefined;
    const slot = this.#insert(page, masked, this.#numbers.take(), untilMs, by);
    const mayLinger = known !== NO_SLOT;
    return { slot, isRenewal: false, previousMs: 0, previousBy: by, mayLinger };
  }

  /** Takes back what `enter` did; of several, the latest first. */
  withdraw({ slot, isRenewal, previousMs, previousBy }: Admission): void {
    if (isRenewal) {
      this.table.untilMs[slot] = previousMs;
      this.#setGiver(slot, previousBy);
    } else {
      this.revoke(slot);
    }
  }

  /** Ends a grant that is open, before its time: nothing tells of its end. */
  revoke(slot: number): void {
    this.#withdrawn.add(slot); // its place among the deadlines is left to surface
    this.table.unlist(slot);
    this.#forget(slot);
  }

  /** All grants end so much earlier. */
  shorten(byMs: number): void {
    for (const slot of this.table.slots()) this.table.untilMs[slot]! -= byMs;
    this.#deadlines.advance(byMs);
  }

  /** Slots of a door's open grants to sources that lie in a network, or that it lies in. */
  *openTo(door: Door, network: Network, nowMs: number): Generator<number> {
    for (const page of this.#pages) {
      if (page.live === 0 || page.door.name !== door.name) continue;
      if (isWhole(network)) yield* this.#openToOne(page.door, network.address, nowMs);
      else yield* this.#openOn(page, network, nowMs);
    }
  }

  *#openToOne(door: Door, address: Address, nowMs: number): Generator<number> {
    const slot = this.find(door, maskAddress(address, grantPrefix(door, address.family)));
    if (slot !== NO_SLOT && this.isOpen(slot, nowMs)) yield slot;
  }

  *#openOn({ number }: Page, { address, prefix }: Network, nowMs: number): Generator<number> {
    for (const slot of this.openAt(nowMs)) {
      if (this.table.page[slot] !== number) continue;
      const { source, prefix: length } = this.grantAt(slot);
      const common = Math.min(length, prefix);
      if (isSame(maskAddress(source, common), maskAddress(address, common))) yield slot;
    }
  }

  /** Enters a grant that an earlier daemon gave. */
  adopt({ door, source, ports, id, untilMs, by }: Grant): void {
    const slot = this.#insert(this.#page(door), source, id, untilMs, by);
    if (ports.length < portsFor(door, source.family).length) this.#fewer.set(slot, ports);
    this.#numbers.passOver(id);
  }

  isOpen(slot: number, nowMs: number): boolean {
    return this.table.has(slot) && this.table.untilMs[slot]! > nowMs;
  }

  /** Slots of all grants that are open at a time. */
  *openAt(nowMs: number): Generator<number> {
    for (const slot of this.table.slots()) if (this.table.untilMs[slot]! > nowMs) yield slot;
  }

  /** The same at once, as they are now. */
  slotsOpenAt(nowMs: number): Uint32Array {
    return this.table.slotsUntil(nowMs);
  }

  grants(nowMs: number): readonly Grant[] {
    const grants: Grant[] = [];
    for (const slot of this.openAt(nowMs)) grants.push(this.grantAt(slot));
    return grants;
  }

  /** The same one by one, over several turns if need be: what ends meanwhile is left out. */
  grantsByAndBy(nowMs: number): Iterable<Grant> {
    const slots = this.slotsOpenAt(nowMs);
    return this.#stillOpen(
      slots,
      Float64Array.from(slots, (slot) => this.table.id[slot]!),
    );
  }

  /** How many are open at each door, as of the last `advance`. */
  counted(): Map<Door, number> {
    return new Map(this.#pages.map(({ door, live }) => [door, live]));
  }

  /** What has ended since the last call, in order of the ends. Call `advance` before. */
  takeEnded(): readonly Grant[] {
    const due = this.#due;
    if (due.length > 0) this.#due = [];
    return due;
  }

  /** The end that is to be reported next. */
  nextExpiryMs(): number | undefined {
    return this.#due[0]?.untilMs ?? this.#soonestMs();
  }

  *#stillOpen(slots: Uint32Array, ids: Float64Array): Generator<Grant> {
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!;
      if (this.table.has(slot) && this.table.id[slot] === ids[at]) yield this.grantAt(slot);
    }
  }

  #page(door: Door): Page {
    let page = this.#pageOf.get(door);
    if (page === undefined) {
      page = { number: this.#pages.length, door, live: 0 };
      this.#pages.push(page);
      this.#pageOf.set(door, page);
    }
    return page;
  }

  /** A door's own limit is about knocks: a person who is told to wait for others is locked out. */
  #hasRoom(page: Page, by: string): boolean {
    const open = this.#live + this.#elsewhere();
    if (by !== KNOCK) return open < this.#maxByHand;
    return open < this.#maxByKnock && page.live < (page.door.maxGrants ?? Infinity);
  }

  #insert(page: Page, source: Address, id: number, untilMs: number, by: string): number {
    const slot = this.table.add(page.number, source, id, untilMs);
    page.live++;
    this.#live++;
    this.#deadlines.push(untilMs, slot);
    this.#setGiver(slot, by);
    return slot;
  }

  #renew(slot: number, untilMs: number, by: string): Admission {
    const previousMs = this.table.untilMs[slot]!;
    const previousBy = this.#givers.get(slot) ?? KNOCK;
    const isMoved = by !== KNOCK || this.doorAt(slot).renews;
    if (isMoved && untilMs > previousMs) {
      this.table.untilMs[slot] = untilMs;
      this.#setGiver(slot, by);
    }
    if (this.#fewer.size > 0) this.#fewer.delete(slot);
    return { slot, isRenewal: true, previousMs, previousBy, mayLinger: true };
  }

  #setGiver(slot: number, by: string): void {
    this.table.giver[slot] = giverNumber(by);
    if (by !== KNOCK) this.#givers.set(slot, by);
    else if (this.#givers.size > 0) this.#givers.delete(slot);
  }

  // A renewal does not touch the heap: the slot surfaces at its old time and then gets the new one.
  #soonestMs(): number | undefined {
    for (;;) {
      const dueMs = this.#deadlines.peekMs();
      if (dueMs === undefined) return undefined;
      const slot = this.#deadlines.peek()!;
      const untilMs = this.table.untilMs[slot]!;
      if (this.#withdrawn.size > 0 && this.#withdrawn.delete(slot)) {
        this.#deadlines.pop();
        this.table.release(slot);
      } else if (untilMs > dueMs) this.#deadlines.postpone(untilMs);
      else return dueMs;
    }
  }

  #end(slot: number): void {
    const grant = this.grantAt(slot);
    this.#due.push(grant);
    this.#lingering.push(grant.untilMs + LINGER_MS, slot);
    this.#forget(slot);
  }

  /** It is not open any more; its columns stay until the slot is given back. */
  #forget(slot: number): void {
    if (this.#fewer.size > 0) this.#fewer.delete(slot);
    if (this.#givers.size > 0) this.#givers.delete(slot);
    this.#pages[this.table.page[slot]!]!.live--;
    this.#live--;
  }
}

/** With the sixteenth of all room that is kept for grants by hand: knocks alone can't fill it. */
export function withReserve(count: number): number {
  return Math.ceil((count * 16) / 15);
}

/** Whether a network is one address. */
function isWhole({ address, prefix }: Network): boolean {
  return prefix === (address.family === 4 ? 32 : 128);
}

function isSame(a: Address, b: Address): boolean {
  return a.family === b.family && a.words.every((word, at) => word === b.words[at]);
}
