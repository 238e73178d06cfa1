import type { Knock } from '../knock.ts';
import type { SealedCodec } from './codec.ts';
import { CANDIDATES } from './span-queues.ts';

type Accept = (client: number, knock: Knock) => boolean;

/** With more other values than this a search looks for two of them in one message no longer. */
const MOST_FOR_PAIRS = 16;

/**
 * Finds messages among the values of a queue by the clients' checks alone: the newest values of all
 * places, or these but for one or two older ones. No cipher is asked, and what is looked at is bounded.
 */
export class SealedSearch {
  /** What was found, by place. */
  readonly values: Uint16Array;
  readonly #codec: SealedCodec;
  readonly #accept: Accept;
  /** Older values: the place, the value, and by how much they change the sum. */
  readonly #places: Uint16Array;
  readonly #others: Uint16Array;
  readonly #changes: Uint16Array;

  /** `accept` is asked of what passes a client's check, and finds it in `values`. */
  constructor(codec: SealedCodec, accept: Accept) {
    const { places } = codec.layout;
    this.#codec = codec;
    this.#accept = accept;
    this.values = new Uint16Array(places);
    this.#places = new Uint16Array(places * CANDIDATES);
    this.#others = new Uint16Array(places * CANDIDATES);
    this.#changes = new Uint16Array(places * CANDIDATES);
  }

  /**
   * Goes through what passes this client's check and has the newest value of `fixedPlace`, until one is
   * accepted. Whether one was.
   */
  find(
    cells: Uint16Array,
    start: number,
    client: number,
    fixedPlace: number,
    knock: Knock,
  ): boolean {
    const sum = this.#sumOfNewest(cells, start, client);
    if (sum === 0 && this.#accept(client, knock)) return true;
    const others = this.#gather(cells, start, client, fixedPlace);
    for (let at = 0; at < others; at++) {
      if (this.#changes[at] === sum && this.#isTaken(at, at, client, knock)) return true;
    }
    return others <= MOST_FOR_PAIRS && this.#findPair(others, sum, client, knock);
  }

  #findPair(others: number, sum: number, client: number, knock: Knock): boolean {
    for (let at = 0; at < others; at++) {
      for (let next = at + 1; next < others; next++) {
        if ((this.#changes[at]! ^ this.#changes[next]!) !== sum) continue;
        if (this.#places[at] === this.#places[next]) continue;
        if (this.#isTaken(at, next, client, knock)) return true;
      }
    }
    return false;
  }

  #sumOfNewest(cells: Uint16Array, start: number, client: number): number {
    const { layout, shares } = this.#codec;
    const share = shares[client]!;
    let sum = 0;
    for (let place = 0; place < layout.places; place++) {
      const value = cells[start + place * CANDIDATES]! - 1;
      this.values[place] = value;
      sum ^= share[place * layout.values + value]!;
    }
    return sum;
  }

  #gather(cells: Uint16Array, start: number, client: number, fixedPlace: number): number {
    const { layout, shares } = this.#codec;
    const share = shares[client]!;
    let count = 0;
    for (let place = 0; place < layout.places; place++) {
      if (place === fixedPlace) continue;
      const base = place * layout.values;
      for (let nth = 1; nth < CANDIDATES; nth++) {
        const cell = cells[start + place * CANDIDATES + nth]!;
        if (cell === 0) break;
        this.#places[count] = place;
        this.#others[count] = cell - 1;
        this.#changes[count++] = share[base + cell - 1]! ^ share[base + this.values[place]!]!;
      }
    }
    return count;
  }

  #isTaken(one: number, other: number, client: number, knock: Knock): boolean {
    const { values } = this;
    const [p, q] = [this.#places[one]!, this.#places[other]!];
    const [before, beforeOther] = [values[p]!, values[q]!];
    values[p] = this.#others[one]!;
    values[q] = this.#others[other]!;
    const isTaken = this.#accept(client, knock);
    values[p] = before;
    if (q !== p) values[q] = beforeOther;
    return isTaken;
  }
}
