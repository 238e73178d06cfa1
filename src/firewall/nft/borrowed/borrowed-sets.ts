import type { Block, CountedRange } from '../../block.ts';
import { FirewallError } from '../../firewall-error.ts';
import type { Door } from '../../../door/door.ts';
import type { Network } from '../../../tuple/network.ts';
import { monotonicMs } from '../../clock.ts';
import type { Firewall, Grant, Opening, Outcome } from '../../firewall.ts';
import type { GrantBook } from '../../grant-book.ts';
import { openedNothing } from '../../memory.ts';
import { Amends } from '../amends.ts';
import { Comparison } from '../comparison.ts';
import { doorsWithGrants } from '../doors-with-grants.ts';
import { withEnds } from '../found-grants.ts';
import { kernelEnds } from '../kernel-ends.ts';
import type { ElementRows } from '../element-rows.ts';
import { KernelLink } from '../kernel-link.ts';
import { LookInTurns } from '../look-in-turns.ts';
import type { Look } from '../mender.ts';
import { attempt, codeOf, toFirewallError } from '../nft-error.ts';
import { Opener } from '../opener.ts';
import {
  bookBy,
  settingsOf,
  type NftEvent,
  type NftFirewallOptions,
  type NftSettings,
} from '../options.ts';
import { readInPieces } from '../reading.ts';
import { Revoker } from '../revoker.ts';
import { SpotCheck } from '../spot-check.ts';
import { Tally } from '../tally.ts';
import { Watcher } from '../watcher.ts';
import { BorrowedKeeper } from './borrowed-keeper.ts';
import { leaveSet, leftSets, type NamedSet, type SetMemory } from './left-sets.ts';
import { setText } from './set-form.ts';
import { takeOver, type Open } from './take-over.ts';

export type BorrowedSetsOptions = Pick<
  NftFirewallOptions,
  | 'maxGrants'
  | 'openElsewhere'
  | 'onStop'
  | 'maxOpenMs'
  | 'onDoorRemoved'
  | 'checkIntervalMs'
  | 'receiveBuffer'
  | 'numbers'
  | 'lock'
  | 'onEvent'
> & {
  /** Which sets a daemon before this one used; default: nobody remembers. */
  readonly memory?: SetMemory;
};

/** What a reload may change. */
export type BorrowedSetsSettings = Pick<NftSettings, 'maxGrants' | 'onDoorRemoved' | 'onStop'>;

/** The firewall of doors with `use_set`, with what only it can do. Its clock is `monotonicMs`. */
export interface BorrowedSets extends Firewall {
  /** Other settings; they hold from the next `start` on. */
  adjust(settings: BorrowedSetsSettings): void;
  /** A line on each set that can't be used, so that doors open nothing. */
  troubles(): readonly string[];
  /** How many grants are open. */
  size(): number;
  /** Whether the kernel holds all grants. */
  isFilled(): boolean;
}

/**
 * Opens doors in sets of the administrator's own tables, whose rules say what a grant is good for. Only
 * elements of ours are ever touched: what stands there already is left alone, for good.
 */
export function borrowedSets(options: BorrowedSetsOptions = {}): BorrowedSets {
  return new BorrowedSetsFirewall(settingsOf(options), options.memory ?? NO_MEMORY);
}

/** What there is once it has been started. */
interface Parts {
  readonly keeper: BorrowedKeeper;
  readonly opener: Opener;
  readonly revoker: Revoker;
  readonly amends: Amends;
  readonly spots: SpotCheck;
}

class BorrowedSetsFirewall implements BorrowedSets {
  #settings: NftSettings;
  readonly #memory: SetMemory;
  readonly #tally: Tally<NftEvent>;
  #book: GrantBook;
  #lock: Disposable | undefined;
  #link: KernelLink | undefined;
  #watcher: Watcher | undefined;
  #parts: Parts | undefined;
  readonly #turns = new LookInTurns({
    onEnd: (revoked) => this.#looked(revoked),
    onError: (error) => this.#lookFailed(error),
  });
  #tell: (grants: readonly Grant[]) => void = () => {};

  constructor(settings: NftSettings, memory: SetMemory) {
    this.#memory = memory;
    this.#tally = new Tally(settings.onEvent);
    this.#settings = settings;
    this.#book = bookBy(settings);
  }

  /** Called again, it is a reload. If that fails, all stays as it was. */
  start(doors: readonly Door[]): Promise<readonly Grant[]> {
    const opening = doors.filter(({ open }) => open.length > 0);
    return Promise.resolve().then(() => {
      const isNeeded = this.#parts !== undefined || this.#memory.read().length > 0;
      if (opening.length === 0 && !isNeeded) return [];
      return attempt('use sets of other tables', () => this.#takeOver(opening));
    });
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    this.#book.advance(nowMs);
    const outcomes = new Array<Outcome>(openings.length);
    for (const [at, { door, source }] of openings.entries()) {
      if (door.open.length === 0) outcomes[at] = openedNothing(this.#book, door, source, nowMs);
    }
    this.#parts?.opener.open(openings, outcomes, nowMs);
    return outcomes;
  }

  expire(nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    return this.#book.takeEnded();
  }

  nextExpiryMs(): number | undefined {
    return this.#book.nextExpiryMs();
  }

  size(): number {
    return this.#book.size;
  }

  counted(nowMs: number): ReadonlyMap<Door, number> {
    this.#book.advance(nowMs);
    return this.#book.counted();
  }

  grants(nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    return this.#book.grants(nowMs);
  }

  async listed(): Promise<Iterable<Grant>> {
    const ends = await kernelEnds(this.#parts?.keeper.readSetsInPieces() ?? []);
    return withEnds(this.#book.grantsByAndBy(monotonicMs()), ends);
  }

  revoke(door: Door, from: Network, nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    const grants = this.#parts?.revoker.revokeFrom(door, from, nowMs) ?? [];
    if (grants.length > 0) this.#tell(grants);
    return grants;
  }

  shorten(byMs: number, nowMs: number): void {
    this.#book.advance(nowMs);
    if (this.#book.size === 0) return;
    this.#book.shorten(byMs);
    this.#book.advance(nowMs);
    attempt('shorten the grants', () => this.#rewrite(nowMs));
  }

  block(blocks: readonly Block[]): void {
    if (blocks.length === 0) return;
    const reason = 'the rules around a set of others are theirs';
    throw new FirewallError('FIREWALL_REFUSED', 'block', reason);
  }

  blocked(): readonly CountedRange[] {
    return [];
  }

  onRevoked(listener: (grants: readonly Grant[]) => void): void {
    this.#tell = listener;
  }

  adjust(settings: BorrowedSetsSettings): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  troubles(): readonly string[] {
    return this.#parts?.keeper.troubles ?? [];
  }

  isFilled(): boolean {
    return this.#parts?.keeper.isFilled ?? true;
  }

  close(): Promise<void> {
    return Promise.resolve().then(() => this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #close(): void {
    this.#watcher?.[Symbol.dispose]();
    this.#watcher = undefined;
    this.#turns.stop();
    if (this.#settings.onStop === 'remove') this.#revokeAll();
    this.#parts?.keeper.close();
    this.#parts = undefined;
    this.#tally.flush();
    this.#link?.[Symbol.dispose]();
    this.#link = undefined;
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
    this.#book = bookBy(this.#settings);
  }

  #revokeAll(): void {
    const nowMs = monotonicMs();
    this.#parts?.revoker.revoke([...this.#book.openAt(nowMs)], nowMs);
  }

  #takeOver(opening: readonly Door[]): readonly Grant[] {
    const nowMs = monotonicMs();
    this.#book.advance(nowMs);
    const before = this.#parts;
    const doors = [...opening, ...this.#kept(opening, nowMs)];
    this.#lock ??= this.#settings.lock.take();
    this.#link ??= new KernelLink(this.#settings.maxOpenMs, { sparesOthers: true });
    const book = bookBy(this.#settings);
    const keeper = new BorrowedKeeper(this.#link, doors, book, (event) => this.#tally.add(event));
    try {
      const grants = takeOver(keeper, book, this.#open(before, nowMs), nowMs);
      const lost = this.#leave(new Set(grants.map(({ id }) => id)), nowMs);
      keeper.use();
      book.inherit(this.#book.takeEnded());
      before?.keeper.close();
      this.#book = book;
      this.#parts = this.#partsWith(keeper, book);
      this.#leaveOldSets(keeper, before === undefined);
      this.#watch();
      this.#lookAtOnce(); // takes out what is left of grants that nobody has any more
      if (lost.length > 0) this.#tell(lost);
      return grants;
    } catch (error) {
      before?.keeper.use();
      if (before === undefined) this.#close();
      throw error;
    }
  }

  /** What is open until a reload, and where it is in the kernel. */
  #open(before: Parts | undefined, nowMs: number): Open | undefined {
    if (before === undefined) return undefined;
    this.#lookAtOnce();
    return { grants: this.#book.grants(nowMs), sets: before.keeper.filledSets };
  }

  #partsWith(keeper: BorrowedKeeper, book: GrantBook): Parts {
    const amends = new Amends(keeper, book, (event) => this.#tally.add(event));
    return {
      keeper,
      opener: new Opener(keeper, book, this.#settings.maxOpenMs),
      revoker: new Revoker(keeper, book),
      amends,
      spots: new SpotCheck(keeper, book, amends, { sparesOthers: true }),
    };
  }

  /** Ends the grants that the doors of now have no place for, where they lie. */
  #leave(staying: ReadonlySet<number>, nowMs: number): Grant[] {
    const leaving = [...this.#book.openAt(nowMs)].filter(
      (slot) => !staying.has(this.#book.table.id[slot]!),
    );
    const grants = leaving.map((slot) => this.#book.grantAt(slot));
    if (grants.length > 0) {
      this.#parts?.keeper.use();
      this.#parts?.revoker.revoke(leaving, nowMs);
    }
    return grants;
  }

  /** Doors that are no more, for as long as they have grants that may outlive them. */
  #kept(opening: readonly Door[], nowMs: number): Door[] {
    if (this.#settings.onDoorRemoved === 'close' || this.#parts === undefined) return [];
    return doorsWithGrants(this.#parts.keeper.doors, opening, this.#book, nowMs);
  }

  /** From a daemon before this one elements may lie in sets that have no door now. */
  #leaveOldSets(keeper: BorrowedKeeper, isFirst: boolean): void {
    for (const set of isFirst ? leftSets(this.#memory.read(), keeper.sets) : []) {
      this.#leaveOldSet(set);
    }
    keeper.use();
    this.#memory.write(keeper.sets);
  }

  /** Where that fails they end by themselves. */
  #leaveOldSet(set: NamedSet): void {
    const text = setText(set.place);
    try {
      const count = leaveSet(this.#link!, set);
      if (count > 0) this.#tally.add({ kind: 'set left', set: text, count });
    } catch (error) {
      const failure = toFirewallError(error, `leave set ${text}`);
      this.#tally.add({ kind: 'check failed', error: failure, count: 1 });
    }
  }

  #rewrite(nowMs: number): void {
    const { keeper, amends } = this.#parts!;
    const wrong = keeper.places.elementsOfBook(nowMs + MIN_LEFT_MS);
    amends.repair({ foreign: [], wrong });
  }

  #watch(): void {
    this.#watcher?.[Symbol.dispose]();
    this.#watcher = undefined;
    if (this.#settings.checkIntervalMs === 0) return;
    const { tables } = this.#parts!.keeper;
    const told = {
      look: (): void => this.#look(),
      check: (elements: ElementRows): void => this.#check(elements),
    };
    this.#watcher = new Watcher(this.#link!, this.#settings, told, tables);
  }

  /** Looks at everything in turns of the loop, once what is looked at now has been. */
  #look(): void {
    if (this.#parts === undefined) return;
    if (this.#turns.isUnderWay) this.#watcher?.again();
    else this.#turns.begin(this.#settle(this.#parts));
  }

  #lookAtOnce(): void {
    this.#turns.stop();
    this.#look();
    this.#turns.finish();
  }

  /** Those that others have just put in or taken out. */
  #check(elements: ElementRows): void {
    if (this.#parts === undefined) return;
    try {
      this.#looked(this.#parts.spots.check(elements));
    } catch (error) {
      this.#lookFailed(error);
    }
  }

  #looked(revoked: readonly Grant[] = []): void {
    if (revoked.length > 0) this.#tell(revoked);
    if (!this.isFilled()) this.#watcher?.again();
  }

  #lookFailed(error: unknown): void {
    // The ruleset has changed all the while it was read.
    if (codeOf(error) !== 'EINTR') {
      const failure = toFirewallError(error, 'check sets of other tables');
      this.#tally.add({ kind: 'check failed', error: failure, count: 1 });
    }
    this.#watcher?.again();
  }

  /** Fills sets that have come anew; in others, what is missing was revoked by hand. */
  *#settle({ keeper, amends }: Parts): Look {
    const fresh = keeper.refresh();
    this.#book.advance(monotonicMs());
    const sets = keeper.isFilled ? keeper.intactSets() : [];
    keeper.fill(fresh, monotonicMs());
    const comparison = new Comparison(this.#book, keeper.layout, sets, { sparesOthers: true });
    for (const piece of readInPieces(keeper, sets)) {
      comparison.take(piece);
      yield;
    }
    const differences = comparison.end(monotonicMs());
    const revoked = amends.revoke(differences.missing);
    amends.repair(differences);
    return revoked;
  }
}

const NO_MEMORY: SetMemory = { read: () => [], write: () => {} };

/** The encoder refuses to write what ends sooner. */
const MIN_LEFT_MS = 20;
