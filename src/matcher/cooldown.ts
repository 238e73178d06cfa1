import type { Address } from '../tuple/address.ts';
import type { PacketClock } from './packet-clock.ts';

/** So many sources of one door are remembered; behind them the oldest is let go early. */
const MOST_SOURCES = 65_536;

/**
 * Who opened one door lately, and can't again yet. All wait for the same time, so that they stand in the
 * order in which they are let go, and openings are rare enough for a map.
 */
export class Cooldown {
  readonly #clock: PacketClock;
  readonly #lastsMs: number;
  readonly #endsMs: Map<string, number> = new Map();

  constructor(clock: PacketClock, seconds: number) {
    this.#clock = clock;
    this.#lastsMs = seconds * 1000;
  }

  /** True, and noted, if the source may open now. A refusal does not make the wait longer. */
  admits(source: Address): boolean {
    const nowMs = this.#clock.elapsed * 1000 + this.#clock.nanoseconds / 1e6;
    for (const [waiting, endMs] of this.#endsMs) {
      if (endMs > nowMs && this.#endsMs.size <= MOST_SOURCES) break;
      this.#endsMs.delete(waiting);
    }
    const name = `${source.family} ${source.words.join(' ')}`;
    if (this.#endsMs.has(name)) return false;
    this.#endsMs.set(name, nowMs + this.#lastsMs);
    return true;
  }

  /** Goes on where another one stood, of the same door and clock. */
  adopt(other: Cooldown): void {
    for (const [source, endMs] of other.#endsMs) this.#endsMs.set(source, endMs);
  }

  clear(): void {
    this.#endsMs.clear();
  }
}
