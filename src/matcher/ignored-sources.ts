import { sameAddress, type Address } from '../tuple/address.ts';
import { TRAIT, type TupleBatch } from '../tuple/batch.ts';
import type { PacketClock } from './packet-clock.ts';

/** So many sources are remembered; behind them the one that was ignored first is heard again. */
const MOST_SOURCES = 65_536;

interface Ignored {
  readonly address: Address;
  untilSeconds: number;
}

/**
 * Sources whose knocks are not looked at for a time, by packet time. Only a right knock puts one here, so
 * that all of them with one last word may stand in one list.
 */
export class IgnoredSources {
  readonly #clock: PacketClock;
  /** By the address's last word. */
  readonly #lists = new Map<number, Ignored[]>();
  readonly #inOrder = new Set<Ignored>();
  /** When the last of them is heard again. */
  #allUntilSeconds = 0;

  constructor(clock: PacketClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#inOrder.size;
  }

  /** From now on; who is ignored already is so for as long as the later of both ends. */
  add(address: Address, seconds: number): void {
    const untilSeconds = this.#nowSeconds() + seconds;
    if (Number.isNaN(untilSeconds)) return; // no packet yet, so no time to count from
    this.#allUntilSeconds = Math.max(this.#allUntilSeconds, untilSeconds);
    const known = this.#lists.get(address.words[3])?.find((each) => {
      return sameAddress(each.address, address);
    });
    if (known !== undefined) {
      known.untilSeconds = Math.max(known.untilSeconds, untilSeconds);
      return;
    }
    for (const oldest of this.#inOrder) {
      if (this.#inOrder.size < MOST_SOURCES) break;
      this.#drop(oldest);
    }
    const added = { address, untilSeconds };
    this.#lists.set(address.words[3], [...(this.#lists.get(address.words[3]) ?? []), added]);
    this.#inOrder.add(added);
  }

  /** Whether the packet comes from one of them; whose time is over is forgotten, and once all are no packet asks again. */
  has(batch: TupleBatch, row: number): boolean {
    const nowSeconds = this.#nowSeconds();
    if (nowSeconds >= this.#allUntilSeconds) {
      this.#lists.clear();
      this.#inOrder.clear();
      return false;
    }
    const list = this.#lists.get(batch.source3[row]!);
    if (list === undefined) return false;
    for (const each of list) {
      if (!isFrom(each.address, batch, row)) continue;
      if (each.untilSeconds > nowSeconds) return true;
      this.#drop(each);
      return false;
    }
    return false;
  }

  #nowSeconds(): number {
    return this.#clock.seconds + this.#clock.nanoseconds / 1e9;
  }

  #drop(ignored: Ignored): void {
    const last = ignored.address.words[3];
    const left = this.#lists.get(last)!.filter((each) => each !== ignored);
    if (left.length === 0) this.#lists.delete(last);
    else this.#lists.set(last, left);
    this.#inOrder.delete(ignored);
  }
}

function isFrom({ family, words }: Address, batch: TupleBatch, row: number): boolean {
  return (
    batch.source2[row] === words[2] &&
    batch.source1[row] === words[1] &&
    batch.source0[row] === words[0] &&
    (batch.traits[row]! & TRAIT.ipv6) === (family === 6 ? TRAIT.ipv6 : 0)
  );
}
