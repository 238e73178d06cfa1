import type { Address } from '../tuple/address.ts';
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

  constructor(clock: PacketClock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#inOrder.size;
  }

  /** From now on; who is ignored already is so for as long as the later of both ends. */
  add(address: Address, seconds: number): void {
    const untilSeconds = this.#clock.seconds + this.#clock.nanoseconds / 1e9 + seconds;
    const list = this.#lists.get(address.words[3]) ?? [];
    const known = list.find((each) => isSame(each.address, address));
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

  /** Whether the packet comes from one of them; whose time is over is forgotten. */
  has(batch: TupleBatch, row: number): boolean {
    const list = this.#lists.get(batch.source3[row]!);
    if (list === undefined) return false;
    for (const each of list) {
      if (!isFrom(each.address, batch, row)) continue;
      const { seconds, nanoseconds } = this.#clock;
      if (each.untilSeconds > seconds + nanoseconds / 1e9) return true;
      this.#drop(each);
      return false;
    }
    return false;
  }

  #drop(ignored: Ignored): void {
    const last = ignored.address.words[3];
    const left = this.#lists.get(last)!.filter((each) => each !== ignored);
    if (left.length === 0) this.#lists.delete(last);
    else this.#lists.set(last, left);
    this.#inOrder.delete(ignored);
  }
}

function isSame(a: Address, b: Address): boolean {
  return a.family === b.family && a.words.every((word, at) => word === b.words[at]);
}

function isFrom({ family, words }: Address, batch: TupleBatch, row: number): boolean {
  return (
    batch.source2[row] === words[2] &&
    batch.source1[row] === words[1] &&
    batch.source0[row] === words[0] &&
    (batch.traits[row]! & TRAIT.ipv6) === (family === 6 ? TRAIT.ipv6 : 0)
  );
}
