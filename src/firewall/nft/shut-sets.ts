import { shutRanges, type Block, type CountedRange, type ShutRange } from '../block.ts';
import type { FoundBounds, NftTransaction } from './addon.ts';
import { countedRanges } from './counted-ranges.ts';
import { SHUT } from './draw-lists.ts';
import type { KernelLink } from './kernel-link.ts';
import { codeOf } from './nft-error.ts';
import { boundsOf, type RangeBounds } from './range-bounds.ts';

/** What ends so soon is left to end. */
const SLACK_MS = 100;

/** Who is blocked by hand or for scanning: what the two sets of them should hold, and holding it. */
export class ShutSets {
  #ranges: readonly ShutRange[] = [];
  /** From the first block on the table has these sets. */
  #isNeeded = false;

  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** What is wanted from now on; whether the table lacks the sets for it. */
  want(blocks: readonly Block[]): boolean {
    this.#ranges = shutRanges(blocks);
    const lacksSets = !this.#isNeeded && blocks.length > 0;
    this.#isNeeded ||= lacksSets;
    return lacksSets;
  }

  /** Fills sets that have just been made, in the same transaction. */
  fill(transaction: NftTransaction, nowMs: number): void {
    if (this.#isNeeded)
      for (const set of SHUT) add(transaction, set.name, this.#living(set, nowMs), nowMs);
  }

  /**
   * Makes the sets hold what is wanted by as little as possible, so that ranges that stay go on counting.
   */
  sync(link: KernelLink, before: readonly ShutRange[], nowMs: number): void {
    try {
      this.#change(link, before, nowMs);
    } catch (error) {
      // What ended meanwhile can't be taken out any more, and takes the transaction down.
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
      this.refill(link, nowMs);
    }
  }

  get ranges(): readonly ShutRange[] {
    return this.#ranges;
  }

  /** Whether the kernel's sets hold what they should; whoever emptied them has not lifted a block. */
  areIntact(link: KernelLink, nowMs: number): boolean {
    return SHUT.every((set) => {
      const found = link.readBounds(set.name, set.family);
      if (found === undefined) return false;
      const wanted = boundsFor(this.#living(set, nowMs), set.family, nowMs);
      const there = new Set(namesOf(found));
      return namesOf(wanted).every((name) => there.delete(name)) && there.size === 0;
    });
  }

  refill(link: KernelLink, nowMs: number): void {
    const transaction = link.transaction();
    for (const { name } of SHUT) transaction.emptySet(name);
    this.fill(transaction, nowMs);
    transaction.commit();
  }

  counted(link: KernelLink): CountedRange[] {
    return SHUT.flatMap(({ name, family }) => countedRanges(link.readBounds(name, family), family));
  }

  #change(link: KernelLink, before: readonly ShutRange[], nowMs: number): void {
    const [old, wanted] = [new Map(before.map(named)), new Map(this.#ranges.map(named))];
    const transaction = link.transaction();
    let isOther = false;
    for (const { name, family } of SHUT) {
      const isHere = (range: ShutRange): boolean => range.family === family && lives(range, nowMs);
      const gone = [...old].filter(([key, range]) => isHere(range) && !wanted.has(key));
      const fresh = [...wanted].filter(([key, range]) => isHere(range) && !old.has(key));
      const removed = boundsFor(
        gone.map(([, range]) => range),
        family,
        nowMs,
      );
      const key = family === 4 ? 0 : 1;
      if (gone.length > 0) {
        transaction.removeBounds(name, key, removed.keys, removed.isEnd, NO_TIMES);
      }
      add(
        transaction,
        name,
        fresh.map(([, range]) => range),
        nowMs,
      );
      isOther ||= gone.length + fresh.length > 0;
    }
    if (isOther) transaction.commit();
  }

  #living({ family }: { family: 4 | 6 }, nowMs: number): ShutRange[] {
    return this.#ranges.filter((range) => range.family === family && lives(range, nowMs));
  }
}

function add(
  transaction: NftTransaction,
  name: string,
  ranges: readonly ShutRange[],
  nowMs: number,
): void {
  const [first] = ranges;
  if (first === undefined) return;
  const { keys, isEnd, timeoutMs } = boundsFor(ranges, first.family, nowMs);
  transaction.addBounds(name, first.family === 4 ? 0 : 1, keys, isEnd, timeoutMs);
}

function boundsFor(ranges: readonly ShutRange[], family: 4 | 6, nowMs: number): RangeBounds {
  const words = Uint32Array.from(ranges.flatMap((range) => range.words));
  const times = ranges.map(({ untilMs }) => (untilMs === undefined ? 0 : untilMs - nowMs));
  return boundsOf(words, family, times);
}

function lives({ untilMs }: ShutRange, nowMs: number): boolean {
  return untilMs === undefined || untilMs > nowMs + SLACK_MS;
}

function named(range: ShutRange): [string, ShutRange] {
  return [`${range.family} ${range.words.join(' ')} ${range.untilMs}`, range];
}

/** Bounds by their keys and kinds. */
function namesOf({ keys, isEnd }: Pick<FoundBounds, 'keys' | 'isEnd'>): string[] {
  const size = keys.length / Math.max(1, isEnd.length);
  return Array.from(
    isEnd,
    (end, at) => `${end} ${keys.subarray(at * size, (at + 1) * size).join('.')}`,
  );
}

const NO_TIMES = new Float64Array(0);
