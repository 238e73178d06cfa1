import type { Door } from '../../door/door.ts';
import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { Admission, GrantBook } from '../grant-book.ts';
import { NO_SLOT } from '../grant-table.ts';
import { addressAt, isIpv6, type FoundElements } from './found-grants.ts';
import type { ElementRows } from './element-rows.ts';
import type { Revoker } from './revoker.ts';
import type { TableKeeper } from './table-keeper.ts';

/** How often it is looked who is still connected, at least and at most. */
const LOOK_MS = 1000;
const SOONEST_LOOK_MS = 100;
/** A look takes no more than this part of the time. */
const LOOK_SHARE = 20;
/** The kernel ends an element at its next tick. */
const TICK_MS = 20;

/**
 * Grants of doors with `while_connected`. The kernel keeps them open by itself: an element in the set of
 * grants lasts until `max_open`, one in a set beside it lasts for as long as its source is not silent, and a
 * packet needs both. Here is only found out which grants that has ended.
 */
export class LiveGrants {
  readonly #keeper: TableKeeper;
  readonly #book: GrantBook;
  readonly #revoker: Revoker;
  #nextLookMs = 0;

  constructor(keeper: TableKeeper, book: GrantBook, revoker: Revoker) {
    this.#keeper = keeper;
    this.#book = book;
    this.#revoker = revoker;
  }

  /** When `expire` has to look again; undefined while there is nobody to look for. */
  nextLookMs(nowMs: number): number | undefined {
    if (this.#keeper.layout.liveSets.length === 0) return undefined;
    return this.#slots(nowMs).next().done ? undefined : this.#nextLookMs;
  }

  /** Ends the grants whose sources have been silent for too long; the book tells of them as of all that ended. */
  expire(nowMs: number): void {
    const lookMs = this.nextLookMs(nowMs);
    if (lookMs === undefined || nowMs < lookMs) return;
    const beganMs = monotonicMs();
    // While grants are still being put back, what is missing is not missed.
    if (this.#keeper.isFilled) this.#endSilent(nowMs);
    const costMs = monotonicMs() - beganMs;
    let soonestMs = nowMs + LOOK_MS;
    for (const slot of this.#slots(nowMs)) {
      soonestMs = Math.min(soonestMs, this.#book.table.aliveMs[slot]! + TICK_MS);
    }
    this.#nextLookMs = Math.max(nowMs + SOONEST_LOOK_MS, nowMs + costMs * LOOK_SHARE, soonestMs);
  }

  /** An opening, or what others have done, may have changed what there is to look for. */
  hurry(nowMs: number): void {
    this.#nextLookMs = Math.min(this.#nextLookMs, nowMs + SOONEST_LOOK_MS);
  }

  #endSilent(nowMs: number): void {
    const { silent, strays } = readAlive(this.#keeper, this.#book, nowMs);
    this.#removeStrays(strays);
    if (silent.length === 0) return;
    const ended = silent.map((slot): Grant => ({ ...this.#book.grantAt(slot), untilMs: nowMs }));
    this.#revoker.revoke(silent, nowMs);
    this.#book.inherit(ended);
  }

  /** What outlives its grant admits nobody; it goes all the same, so that lists are true. */
  #removeStrays(strays: readonly Stray[]): void {
    const { writer } = this.#keeper;
    for (let from = 0; from < strays.length; from += writer.capacity) {
      writer.clear();
      for (const { rows, row } of strays.slice(from, from + writer.capacity)) {
        writer.putRemoval(rows, row);
      }
      if (writer.commit() === 0) this.#keeper.noteCommit();
    }
  }

  *#slots(nowMs: number): Generator<number> {
    yield* liveSlots(this.#book, nowMs);
  }
}

/** How long a grant lasts at most. */
export function lastsMs({ whileConnected }: Door, openForMs: number): number {
  return whileConnected === undefined ? openForMs : whileConnected.maxOpenSeconds * 1000;
}

/** Enters how long the source of a grant may take for its first packet. */
export function noteAlive(
  book: GrantBook,
  { slot, isRenewal }: Admission,
  nowMs: number,
  openForMs: number,
): void {
  const { whileConnected } = book.doorAt(slot);
  if (whileConnected === undefined) return;
  // Who has sent something already may be silent for longer than that: a renewal shortens nothing.
  const leastMs = isRenewal ? whileConnected.idleSeconds * 1000 : 0;
  book.table.aliveMs[slot] = nowMs + Math.max(leastMs, openForMs);
}

/** An element that belongs to no grant. */
interface Stray {
  readonly rows: ElementRows;
  readonly row: number;
}

interface Reading {
  /** Slots of grants whose sources are silent. */
  readonly silent: readonly number[];
  readonly strays: readonly Stray[];
}

/** Reads from the kernel who is not silent. */
export function readAlive(keeper: TableKeeper, book: GrantBook, nowMs: number): Reading {
  const { grantSets, liveSets } = keeper.layout;
  const strays: Stray[] = [];
  if (liveSets.length === 0) return { silent: [], strays };
  const alive = new Set<number>();
  for (const nth of liveSets.keys()) {
    const [found] = keeper.readSets([grantSets.length + nth]);
    if (found === undefined) return { silent: [], strays }; // the table is gone: nothing is known
    strays.push(...noteFound(keeper, book, found, nowMs, alive));
  }
  const silent = [...liveSlots(book, nowMs)].filter((slot) => !alive.has(slot));
  return { silent, strays };
}

/** Enters into the book what one set says; what belongs to no grant. */
function noteFound(
  keeper: TableKeeper,
  book: GrantBook,
  { set, rows }: FoundElements,
  nowMs: number,
  alive: Set<number>,
): Stray[] {
  const { layout } = keeper;
  const family = isIpv6(layout.liveSets[set - layout.grantSets.length]!.key) ? 6 : 4;
  const doorsByKey = doorsOf(keeper, set, family);
  const strays: Stray[] = [];
  const { aliveMs } = book.table;
  for (let row = 0; row < rows.capacity; row++) {
    const source = addressAt(rows, row, family);
    let isStray = true;
    for (const door of doorsByKey.get(keyOf(rows.protocol[row]!, rows.port[row]!)) ?? []) {
      const slot = book.find(door, source);
      if (slot === NO_SLOT || !book.isOpen(slot, nowMs)) continue;
      const untilMs = nowMs + rows.timeoutMs[row]!;
      aliveMs[slot] = alive.has(slot) ? Math.max(aliveMs[slot]!, untilMs) : untilMs;
      alive.add(slot);
      isStray = false;
    }
    if (isStray) strays.push({ rows, row });
  }
  return strays;
}

/** The doors whose grants have elements in a set, by what the elements name besides the source. */
function doorsOf({ layout }: TableKeeper, set: number, family: 4 | 6): Map<number, Door[]> {
  const doors = new Map<number, Door[]>();
  for (const [door, targets] of layout.targets) {
    for (const target of targets[family === 4 ? 'ipv4' : 'ipv6']) {
      if (target.set !== set) continue;
      const key = keyOf(target.protocol, target.port);
      doors.set(key, [...(doors.get(key) ?? []), door]);
    }
  }
  return doors;
}

function keyOf(protocol: number, port: number): number {
  return (protocol << 16) | port;
}

function* liveSlots(book: GrantBook, nowMs: number): Generator<number> {
  for (const slot of book.openAt(nowMs)) {
    if (book.doorAt(slot).whileConnected !== undefined) yield slot;
  }
}
