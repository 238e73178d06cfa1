import { textOf, type AddressLists } from '../config/address-lists.ts';
import { blockedSources } from '../config/blocked-sources.ts';
import type { Options } from '../config/configuration.ts';
import type { Untouchable } from '../config/prefix-list.ts';
import { ControlError } from '../control/control-error.ts';
import type { Matching } from '../engine/matching.ts';
import type { Firewall } from '../firewall/firewall.ts';
import type { Scan } from '../matcher/scan-watch.ts';
import { durationText } from '../report/words.ts';
import { formatAddress, maskAddress, parseAddress, type Address } from '../tuple/address.ts';
import type { Network } from '../tuple/network.ts';
import { MOST_BLOCKS, type BlockBook, type BlockEntry } from './block-book.ts';
import { untouchable } from './untouchable.ts';

export interface BlockingParts {
  readonly firewall: Firewall;
  readonly matching: Pick<Matching, 'setBlocked'>;
  readonly book: BlockBook;
  readonly clock: () => number;
  /** A line for people. */
  readonly say: (line: string) => void;
}

/** The longest that a timer may sleep. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Who is shut out, by the lists and by hand: one truth for the firewall, the matcher and the file. */
export class Blocking implements Disposable {
  readonly #parts: BlockingParts;
  #options: Options;
  #lists: AddressLists;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: BlockingParts, options: Options, lists: AddressLists) {
    this.#parts = parts;
    this.#options = options;
    this.#lists = lists;
  }

  get lists(): AddressLists {
    return this.#lists;
  }

  /** Those who were blocked when the last daemon ended are so again; to be called before the firewall starts. */
  begin(): void {
    this.#enforce();
  }

  /** Other lists hold from the next packet on. */
  follow(options: Options, lists: AddressLists): void {
    this.#options = options;
    this.#lists = lists;
    this.#tellMatcher();
  }

  /** Blocks a network; the remarks that are worth a line. Throws a `ControlError` where nobody may. */
  block(network: Network, forSeconds: number | undefined, by: string): readonly string[] {
    const remarks = this.judge(network);
    const untilMs = forSeconds === undefined ? undefined : this.#parts.clock() + forSeconds * 1000;
    if (this.#parts.book.find(network) === undefined) this.#expectRoom();
    this.#change(() => this.#parts.book.put({ network, why: 'by hand', by, untilMs }));
    return remarks;
  }

  /** The remarks that a block of this network is worth. Throws a `ControlError` where nobody may block it. */
  judge(network: Network): readonly string[] {
    if (network.prefix === 0) throw refused(`${textOf(network)} is everybody`);
    const { lists, trusted } = this.#options;
    const never = lists.neverBlock.map((each): Untouchable => {
      return { network: each, what: `${textOf(each)}, which never_block names`, severity: 'error' };
    });
    const touched = [...untouchable(), ...never].filter((each) => touch(each.network, network));
    const worst = touched.find(({ severity }) => severity === 'error');
    if (worst !== undefined) throw refused(`${textOf(network)} covers ${worst.what}`);
    const friend = trusted.find((each) => covers(each, network));
    if (friend !== undefined)
      throw refused(`${textOf(network)} lies in trusted (${textOf(friend)})`);
    return touched.map(({ what }) => `${textOf(network)} covers ${what}`);
  }

  /** Lifts every block of this network and of what lies within it. */
  unblock(network: Network): readonly BlockEntry[] {
    const lifted = this.within(network);
    if (lifted.length > 0) {
      this.#change(() => {
        for (const entry of lifted) this.#parts.book.remove(entry);
      });
    }
    return lifted;
  }

  /** The blocks of this network and of what lies within it. */
  within(network: Network): readonly BlockEntry[] {
    return this.entries().filter((entry) => covers(network, entry.network));
  }

  entries(): readonly BlockEntry[] {
    return this.#parts.book.entries();
  }

  /** Blocks who was found to scan, if the configuration says so. */
  found(scans: readonly Scan[]): void {
    const { blockSeconds, blocksUnproven } = this.#options.scans;
    if (blockSeconds === undefined || !blocksUnproven) return;
    const untilMs = this.#parts.clock() + blockSeconds * 1000;
    const fresh = scans.flatMap((scan): BlockEntry[] => {
      const network = networkOf(scan.source);
      const isBlocked = this.#parts.book.find(network) !== undefined;
      if (isBlocked || !this.#mayBlock(network)) return [];
      const why = scan.kind === 'ports' ? 'scan' : 'failed attempts';
      return [{ network, why, by: undefined, untilMs }];
    });
    const put = fresh.slice(0, Math.max(0, MOST_BLOCKS - this.entries().length));
    if (put.length === 0) return;
    const isDone = this.#changeAlone(() => put.forEach((each) => this.#parts.book.put(each)));
    if (!isDone) return;
    const time = durationText(blockSeconds);
    for (const { network, why } of put) {
      this.#parts.say(`blocked ${textOf(network)} for ${time}: ${why}`);
    }
  }

  /** A right knock came from there: who was blocked for scanning is so no more. */
  heard(source: string): void {
    if (!this.#options.scans.rightKnockUnblocks) return;
    const address = parseAddress(source);
    if (address === undefined) return;
    const entry = this.#parts.book.find(networkOf(address));
    if (entry === undefined || entry.why === 'by hand') return;
    if (this.#changeAlone(() => this.#parts.book.remove(entry))) {
      this.#parts.say(`${textOf(entry.network)} is blocked no more: a right knock came from there`);
    }
  }

  /** What still blocks this network, in words, after its own blocks were lifted; undefined: nothing. */
  stillBlockedBy(network: Network): string | undefined {
    const wider = this.entries().find((entry) => covers(entry.network, network));
    if (wider !== undefined) return `the block of ${textOf(wider.network)}`;
    return this.#lists.block.has(network.address) ? 'a list of the configuration' : undefined;
  }

  /** The machine has slept, and the clock by which blocks end with it. */
  slept(byMs: number): void {
    if (this.entries().length > 0) this.#change(() => this.#parts.book.shorten(byMs));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #mayBlock(network: Network): boolean {
    try {
      this.judge(network);
      return true;
    } catch {
      return false;
    }
  }

  /** As `#change`, where nobody waits for an answer. Whether it was done. */
  #changeAlone(change: () => void): boolean {
    try {
      this.#change(change);
      return true;
    } catch (error) {
      this.#parts.say(`could not change who is blocked: ${(error as Error).message}`);
      return false;
    }
  }

  #expectRoom(): void {
    if (this.entries().length < MOST_BLOCKS) return;
    throw refused(`${MOST_BLOCKS} networks are blocked already: put more into a block_file`);
  }

  /** Changes the book, and lets nothing of it stand that can't be carried out or kept. */
  #change(change: () => void): void {
    const { book } = this.#parts;
    const before = this.entries();
    try {
      change();
      book.save();
      this.#enforce();
    } catch (error) {
      for (const entry of this.entries()) book.remove(entry);
      for (const entry of before) book.put(entry);
      this.#putBack();
      throw new ControlError('FAILED', (error as Error).message);
    }
  }

  /** What could be carried out of a change that failed. Where this fails too, the next change or start does it. */
  #putBack(): void {
    try {
      this.#parts.book.save();
      this.#enforce();
    } catch {
      // The failure that led here is the one that is told.
    }
  }

  #enforce(): void {
    const { firewall, clock } = this.#parts;
    firewall.block(this.entries(), clock());
    this.#tellMatcher();
  }

  #tellMatcher(): void {
    const isHeard = ({ why }: BlockEntry): boolean =>
      why !== 'by hand' && this.#options.scans.rightKnockUnblocks;
    const deaf = this.entries().filter((entry) => !isHeard(entry));
    const networks = deaf.map(({ network }) => network);
    this.#parts.matching.setBlocked(blockedSources(this.#options, this.#lists, networks));
    this.#awaitEnd();
  }

  /** The kernel ends a block by itself; this is for the matcher. */
  #awaitEnd(): void {
    clearTimeout(this.#timer);
    const ends = this.entries().flatMap(({ untilMs }) => untilMs ?? []);
    if (ends.length === 0) return;
    const delayMs = Math.min(...ends) - this.#parts.clock();
    this.#timer = setTimeout(
      () => this.#tellMatcher(),
      Math.min(Math.max(1, delayMs), MAX_TIMER_MS),
    );
    this.#timer.unref();
  }
}

/** What a scanner is blocked by: an IPv6 one has the whole of its /64. */
function networkOf(address: Address): Network {
  const prefix = address.family === 4 ? 32 : 64;
  return { address: maskAddress(address, prefix), prefix };
}

/** Whether all of a network lies in another one. */
export function covers(wide: Network, narrow: Network): boolean {
  if (wide.address.family !== narrow.address.family || wide.prefix > narrow.prefix) return false;
  const masked = maskAddress(narrow.address, wide.prefix);
  return formatAddress(masked) === formatAddress(maskAddress(wide.address, wide.prefix));
}

function touch(a: Network, b: Network): boolean {
  return covers(a, b) || covers(b, a);
}

function refused(message: string): ControlError {
  return new ControlError('REFUSED', message);
}
