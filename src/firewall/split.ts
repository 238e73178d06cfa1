import type { Door } from '../door/door.ts';
import type { Network } from '../tuple/network.ts';
import type { Block, CountedRange } from './block.ts';
import type { Firewall, Grant, Opening, Outcome, StartOptions } from './firewall.ts';

/** A firewall made of two: doors with `use_set` are the second one's. */
export function splitFirewall(own: Firewall, borrowed: Firewall): Firewall {
  return new SplitFirewall(own, borrowed);
}

class SplitFirewall implements Firewall {
  readonly #own: Firewall;
  readonly #borrowed: Firewall;
  #doors: readonly Door[] | undefined;

  constructor(own: Firewall, borrowed: Firewall) {
    this.#own = own;
    this.#borrowed = borrowed;
  }

  /** Sets of others can be found wanting, so they come first: then nothing has been done yet. */
  async start(doors: readonly Door[], options?: StartOptions): Promise<readonly Grant[]> {
    const [own, borrowed] = partsOf(doors);
    const borrowedGrants = await this.#borrowed.start(borrowed, options);
    try {
      const grants = [...(await this.#own.start(own, options)), ...borrowedGrants];
      this.#doors = doors;
      return grants;
    } catch (error) {
      if (this.#doors === undefined) await this.#borrowed.close();
      else await this.#borrowed.start(partsOf(this.#doors)[1], options);
      throw error;
    }
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    const isBorrowed = ({ door }: Opening): boolean => door.useSet !== undefined;
    if (!openings.some(isBorrowed)) return this.#own.apply(openings, nowMs);
    const own = this.#own
      .apply(
        openings.filter((each) => !isBorrowed(each)),
        nowMs,
      )
      .values();
    const borrowed = this.#borrowed.apply(openings.filter(isBorrowed), nowMs).values();
    return openings.map((each) => (isBorrowed(each) ? borrowed : own).next().value!);
  }

  expire(nowMs: number): readonly Grant[] {
    const ended = [...this.#own.expire(nowMs), ...this.#borrowed.expire(nowMs)];
    return ended.sort((one, other) => one.untilMs - other.untilMs);
  }

  nextExpiryMs(): number | undefined {
    const [own, borrowed] = [this.#own.nextExpiryMs(), this.#borrowed.nextExpiryMs()];
    if (own === undefined || borrowed === undefined) return own ?? borrowed;
    return Math.min(own, borrowed);
  }

  /** A door has its grants in one of the two. */
  counted(nowMs: number): ReadonlyMap<Door, number> {
    return new Map([...this.#own.counted(nowMs), ...this.#borrowed.counted(nowMs)]);
  }

  grants(nowMs: number): readonly Grant[] {
    return [...this.#own.grants(nowMs), ...this.#borrowed.grants(nowMs)];
  }

  async listed(nowMs: number): Promise<Iterable<Grant>> {
    return oneAfterTheOther(await this.#own.listed(nowMs), await this.#borrowed.listed(nowMs));
  }

  revoke(door: Door, from: Network, nowMs: number): readonly Grant[] {
    const whose = door.useSet === undefined ? this.#own : this.#borrowed;
    return whose.revoke(door, from, nowMs);
  }

  shorten(byMs: number, nowMs: number): void {
    this.#own.shorten(byMs, nowMs);
    this.#borrowed.shorten(byMs, nowMs);
  }

  /** Other people's tables are theirs to block in. */
  block(blocks: readonly Block[], nowMs: number): void {
    this.#own.block(blocks, nowMs);
  }

  blocked(nowMs: number): readonly CountedRange[] {
    return this.#own.blocked(nowMs);
  }

  onRevoked(listener: (grants: readonly Grant[]) => void): void {
    this.#own.onRevoked(listener);
    this.#borrowed.onRevoked(listener);
  }

  async close(): Promise<void> {
    await this.#own.close();
    await this.#borrowed.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function* oneAfterTheOther<T>(...lists: readonly Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list;
}

function partsOf(doors: readonly Door[]): [own: readonly Door[], borrowed: readonly Door[]] {
  return [
    doors.filter(({ useSet }) => useSet === undefined),
    doors.filter(({ useSet }) => useSet !== undefined),
  ];
}
