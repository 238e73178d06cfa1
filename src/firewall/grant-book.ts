import type { Door } from '../door/door.ts';
import { maskAddress, type Address } from '../tuple/address.ts';
import { AddressMap } from './address-map.ts';
import { DeadlineHeap } from './deadline-heap.ts';
import type { Grant } from './firewall.ts';

/**
 * For so long an ended grant is remembered: the kernel ends an element at its next tick (10 ms at
 * HZ=100), so until then the element may still be there.
 */
const LINGER_MS = 100;

/** A grant in the book. `grant` is exchanged for a longer one when the door is opened again. */
export interface BookEntry {
  grant: Grant;
  readonly page: Page;
  isWithdrawn: boolean;
}

/** What `enter` did, so that it can be taken back. */
export interface Admission {
  readonly entry: BookEntry;
  /** The grant before it was renewed; undefined: there was none. */
  readonly previous: Grant | undefined;
  /** Whether an element of an earlier grant may still be in the kernel. */
  readonly mayLinger: boolean;
}

/** The grants of one door. */
interface Page {
  readonly bySource: AddressMap<BookEntry>;
  live: number;
}

/**
 * Who may come in, and until when: one grant for each door and source. Knows no kernel and no clock, so
 * all firewalls keep the same book. A grant is entered before the kernel has agreed, and withdrawn if it
 * does not.
 */
export class GrantBook {
  readonly #maxGrants: number;
  readonly #pages = new Map<Door, Page>();
  readonly #deadlines = new DeadlineHeap<BookEntry>();
  /** Ended and not yet reported, in order of their ends. */
  #due: Grant[] = [];
  /** Ended and still remembered, by the time they may be forgotten. */
  readonly #ended = new DeadlineHeap<BookEntry>();
  #live = 0;
  #nextId: number;

  constructor(maxGrants: number, firstId = 1) {
    this.#maxGrants = maxGrants;
    this.#nextId = firstId;
  }

  /** Grants that are open. */
  get size(): number {
    return this.#live;
  }

  /** Number for a grant that the book does not keep. */
  takeId(): number {
    return this.#nextId++;
  }

  /** Ends what is due. Everything else is asked as of this time. */
  advance(nowMs: number): void {
    for (let dueMs = this.#soonestMs(); dueMs !== undefined && dueMs <= nowMs;) {
      this.#end(this.#deadlines.peek()!);
      this.#deadlines.pop();
      dueMs = this.#soonestMs();
    }
    while (this.#ended.size > 0 && this.#ended.peekMs()! <= nowMs) this.#forget();
  }

  /** The grant of a door for an address masked to its prefix; it may have ended a moment ago. */
  find(door: Door, source: Address): BookEntry | undefined {
    return this.#pages.get(door)?.bySource.get(source);
  }

  /** Enters a grant or renews it; undefined if there are as many as there may be. */
  enter(door: Door, source: Address, nowMs: number, untilMs: number): Admission | undefined {
    const page = this.#page(door);
    const prefix = source.family === 4 ? 32 : door.openPrefix6;
    const masked = prefix < 128 && source.family === 6 ? maskAddress(source, prefix) : source;
    const known = page.bySource.get(masked);
    if (known !== undefined && known.grant.untilMs > nowMs) return renew(known, untilMs);
    if (this.#live >= this.#maxGrants || page.live >= (door.maxGrants ?? Infinity)) {
      return undefined;
    }
    const id = this.#nextId++;
    const ports = door.open;
    const grant: Grant = { id, door, source: masked, prefix, ports, untilMs };
    const entry = this.#insert(page, grant);
    return { entry, previous: undefined, mayLinger: known !== undefined };
  }

  /** Takes back what `enter` did; of several, the latest first. */
  withdraw({ entry, previous }: Admission): void {
    if (previous !== undefined) {
      entry.grant = previous;
      return;
    }
    entry.isWithdrawn = true;
    entry.page.bySource.delete(entry.grant.source);
    entry.page.live--;
    this.#live--;
  }

  /** Enters a grant that an earlier daemon gave. */
  adopt(grant: Grant): void {
    const page = this.#page(grant.door);
    this.#insert(page, grant);
    this.#nextId = Math.max(this.#nextId, grant.id + 1);
  }

  /** All grants that are open at a time. */
  *openAt(nowMs: number): Generator<Grant> {
    for (const page of this.#pages.values()) {
      for (const { grant } of page.bySource.values()) if (grant.untilMs > nowMs) yield grant;
    }
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

  #page(door: Door): Page {
    let page = this.#pages.get(door);
    if (page === undefined) this.#pages.set(door, (page = { bySource: new AddressMap(), live: 0 }));
    return page;
  }

  #insert(page: Page, grant: Grant): BookEntry {
    const entry: BookEntry = { grant, page, isWithdrawn: false };
    page.bySource.set(grant.source, entry);
    page.live++;
    this.#live++;
    this.#deadlines.push(grant.untilMs, entry);
    return entry;
  }

  // A renewal does not touch the heap: the entry surfaces at its old time and then gets the new one.
  #soonestMs(): number | undefined {
    for (;;) {
      const dueMs = this.#deadlines.peekMs();
      if (dueMs === undefined) return undefined;
      const entry = this.#deadlines.peek()!;
      if (entry.isWithdrawn) this.#deadlines.pop();
      else if (entry.grant.untilMs > dueMs) this.#deadlines.postpone(entry.grant.untilMs);
      else return dueMs;
    }
  }

  #end(entry: BookEntry): void {
    this.#due.push(entry.grant);
    this.#ended.push(entry.grant.untilMs + LINGER_MS, entry);
    entry.page.live--;
    this.#live--;
  }

  #forget(): void {
    const entry = this.#ended.peek()!;
    const { page, grant } = entry;
    this.#ended.pop();
    // A newer grant of the same source may stand in its place.
    if (page.bySource.get(grant.source) === entry) page.bySource.delete(grant.source);
  }
}

function renew(entry: BookEntry, untilMs: number): Admission {
  const previous = entry.grant;
  const ports = previous.door.open; // a grant that was taken over may have had fewer
  entry.grant = { ...previous, ports, untilMs: Math.max(untilMs, previous.untilMs) };
  return { entry, previous, mayLinger: true };
}
