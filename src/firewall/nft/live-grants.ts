import type { Door } from '../../door/door.ts';
import { monotonicMs } from '../clock.ts';
import type { Grant } from '../firewall.ts';
import type { Admission, GrantBook } from '../grant-book.ts';
import { LiveReading, liveSlots, silentOf, type Stray } from './live-reading.ts';
import { readInPieces } from './reading.ts';
import type { Revoker } from './revoker.ts';
import type { TableKeeper } from './table-keeper.ts';

/** How often it is looked who is still connected, at least and at most. */
const LOOK_MS = 1000;
const SOONEST_LOOK_MS = 100;
/** A look takes no more than this part of the time. */
const LOOK_SHARE = 20;
/** Reading without a turn for the loop. */
const TURN_MS = 2;
/** Grants that one look ends: nobody comes in by them any more, so that the others can wait for the next. */
const MOST_ENDED = 1024;
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
  /** A look that is under way: each call of `expire` takes it on. */
  #look: Generator<void, void> | undefined;
  /** What it has taken so far. */
  #costMs = 0;

  constructor(keeper: TableKeeper, book: GrantBook, revoker: Revoker) {
    this.#keeper = keeper;
    this.#book = book;
    this.#revoker = revoker;
  }

  /** When `expire` has to look again; undefined while there is nobody to look for. */
  nextLookMs(nowMs: number): number | undefined {
    if (this.#keeper.layout.liveSets.length === 0) return undefined;
    if (this.#look !== undefined) return nowMs;
    return liveSlots(this.#book, nowMs).next().done ? undefined : this.#nextLookMs;
  }

  /**
   * Ends the grants whose sources have been silent for too long; the book tells of them as of all that ended.
   * Of a great many it takes several calls.
   */
  expire(nowMs: number): void {
    const lookMs = this.nextLookMs(nowMs);
    if (lookMs === undefined || nowMs < lookMs) return;
    const beganMs = monotonicMs();
    // While grants are still being put back, what is missing is not missed.
    if (this.#keeper.isFilled) this.#lookOn(beganMs + TURN_MS);
    else this.stop();
    this.#costMs += monotonicMs() - beganMs;
    if (this.#look === undefined) this.#planNext(nowMs);
  }

  /** An opening, or what others have done, may have changed what there is to look for. */
  hurry(nowMs: number): void {
    this.#nextLookMs = Math.min(this.#nextLookMs, nowMs + SOONEST_LOOK_MS);
  }

  /** Gives up the look that is under way. */
  stop(): void {
    this.#look?.return();
    this.#look = undefined;
  }

  #planNext(nowMs: number): void {
    let soonestMs = nowMs + LOOK_MS;
    for (const slot of liveSlots(this.#book, nowMs)) {
      soonestMs = Math.min(soonestMs, this.#book.table.aliveMs[slot]! + TICK_MS);
    }
    const leastMs = Math.max(SOONEST_LOOK_MS, this.#costMs * LOOK_SHARE);
    this.#nextLookMs = Math.max(nowMs + leastMs, soonestMs);
    this.#costMs = 0;
  }

  #lookOn(untilMs: number): void {
    this.#look ??= this.#endSilent();
    try {
      do {
        if (this.#look.next().done === true) this.#look = undefined;
      } while (this.#look !== undefined && monotonicMs() < untilMs);
    } catch (error) {
      this.#look = undefined;
      throw error;
    }
  }

  /** Yields where the loop may have its turn. */
  *#endSilent(): Generator<void, void> {
    const keeper = this.#keeper;
    const { timesMade } = keeper;
    const reading = new LiveReading(keeper, this.#book);
    for (const piece of readInPieces(keeper, reading.sets)) {
      reading.take(piece, monotonicMs());
      yield;
      if (keeper.timesMade !== timesMade) return;
    }
    this.#removeStrays(reading.strays);
    const nowMs = monotonicMs();
    const unseen = reading.unseen(nowMs).slice(0, MOST_ENDED);
    const silent = silentOf(unseen, keeper, this.#book);
    // Where a set is gone nobody is silent.
    if (silent.length === 0 || !keeper.areLiveSetsIntact()) return;
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
