import { codecsOf } from '../codec/codecs.ts';
import type { UsedKnocks } from '../codec/used-knocks.ts';
import type { Door } from '../door/door.ts';
import type { CodecOf } from '../matcher/encoded/codec.ts';
import type { Ticket } from '../matcher/encoded/ticket.ts';
import type { Address } from '../tuple/address.ts';
import type { Tickets } from './engine.ts';

/**
 * Encoded doors' codecs, and the book in which their knocks are marked as used. While no door is encoded
 * there is no book.
 */
export class KnockBook implements Tickets, Disposable {
  readonly #openBook: () => UsedKnocks;
  readonly #wallShiftSeconds: () => number;
  #used: UsedKnocks | undefined;

  /**
   * `openBook` is asked once, when the first encoded door is there. `wallShiftSeconds`: how far the wall
   * clock, which clients go by, is ahead of the packets' times by now.
   */
  constructor(openBook: () => UsedKnocks, wallShiftSeconds: () => number = () => 0) {
    this.#openBook = openBook;
    this.#wallShiftSeconds = wallShiftSeconds;
  }

  /** Reads the keys of these doors, for whoever compiles them. Throws where one, or the book, can't be read. */
  codecsOf(doors: readonly Door[]): CodecOf {
    if (!doors.some(({ encoded }) => encoded !== undefined)) return () => undefined;
    this.#used ??= this.#openBook();
    return codecsOf(doors, this.#used, this.#wallShiftSeconds);
  }

  spend(ticket: Ticket, source: Address, seconds: number): string | undefined {
    try {
      return this.#used!.spend(ticket, source, seconds);
    } catch (error) {
      return `its knock can't be marked as used: ${(error as Error).message}`;
    }
  }

  /** By series, up to which number all are used; none where nothing is. */
  usedUpTo(): ReadonlyMap<string, number> {
    return this.#used?.allUsedUpTo() ?? new Map<string, number>();
  }

  /** Knocks that were refused since they had been used. */
  get replayed(): number {
    return this.#used?.replayed ?? 0;
  }

  [Symbol.dispose](): void {
    this.#used?.[Symbol.dispose]();
  }
}
