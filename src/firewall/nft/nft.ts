import { setImmediate as turn } from 'node:timers/promises';
import type { Door, OpenPorts } from '../../door/door.ts';
import type { Network } from '../../tuple/network.ts';
import { monotonicMs } from '../clock.ts';
import type { Block, CountedRange } from '../block.ts';
import type { Grant, Opening, Outcome, StartOptions } from '../firewall.ts';
import { FirewallError } from '../firewall-error.ts';
import type { GrantBook } from '../grant-book.ts';
import { openedNothing } from '../memory.ts';
import { Amends } from './amends.ts';
import { doorsWithGrants } from './doors-with-grants.ts';
import type { ElementRows } from './element-rows.ts';
import { withEnds } from './found-grants.ts';
import { GrantFile } from './grant-file.ts';
import { kernelEnds } from './kernel-ends.ts';
import { KernelLink } from './kernel-link.ts';
import { liftedPorts } from './lifted.ts';
import { LiveGrants } from './live-grants.ts';
import { LiveReading } from './live-reading.ts';
import { LookInTurns } from './look-in-turns.ts';
import { Mender } from './mender.ts';
import { attempt, codeOf, toFirewallError } from './nft-error.ts';
import type { NftFirewall } from './nft-firewall.ts';
import type { PlacedPorts } from './open-ports.ts';
import { Opener } from './opener.ts';
import {
  bookBy,
  settingsOf,
  type NftEvent,
  type NftFirewallOptions,
  type NftSettings,
  type TableSettings,
} from './options.ts';
import { ownership } from './owner.ts';
import { readInPieces } from './reading.ts';
import { Revoker } from './revoker.ts';
import { SpotCheck } from './spot-check.ts';
import { countedRanges } from './counted-ranges.ts';
import { ShutSets } from './shut-sets.ts';
import { TableKeeper } from './table-keeper.ts';
import { Tally } from './tally.ts';
import { Watcher, type Why } from './watcher.ts';

/**
 * Opens doors in sets of the kernel's nftables, whose elements end by themselves. Nothing is asked of
 * the kernel before `start`, nor ever if no door has `open`.
 */
export function nftFirewall(options: NftFirewallOptions = {}): NftFirewall {
  return new NftTableFirewall(settingsOf(options));
}

/** What there is once a table has been made. */
interface Parts {
  readonly keeper: TableKeeper;
  readonly opener: Opener;
  readonly revoker: Revoker;
  readonly mender: Mender;
  readonly spots: SpotCheck;
  readonly live: LiveGrants;
}

class NftTableFirewall implements NftFirewall {
  #settings: NftSettings;
  #wanted: NftSettings;
  readonly #tally: Tally<NftEvent>;
  readonly #counts: Partial<Record<NftEvent['kind'], number>> = {};
  #book: GrantBook;
  #lock: Disposable | undefined;
  #link: KernelLink | undefined;
  readonly #shut = new ShutSets();
  /** For the grants of a table that ends with us. */
  readonly #file: GrantFile | undefined;
  #watcher: Watcher | undefined;
  #parts: Parts | undefined;
  readonly #turns = new LookInTurns({
    onEnd: (revoked) => this.#looked(revoked),
    onError: (error) => this.#lookFailed(error),
  });
  #tell: (grants: readonly Grant[]) => void = () => {};

  constructor(settings: NftSettings) {
    this.#tally = new Tally(settings.onEvent);
    this.#settings = this.#wanted = { ...settings, onEvent: (event) => this.#note(event) };
    this.#book = bookBy(settings);
    const { keeping } = settings;
    const onTrouble = (why: string): void => this.#note({ kind: 'grants not kept', why, count: 1 });
    if (keeping !== undefined) this.#file = new GrantFile(keeping, onTrouble);
  }

  /**
   * Called again, it is a reload: the table is drawn anew, by the settings that are wanted by then, and
   * grants of doors that stay live on. If that fails, all stays as it was. Without a door that opens
   * anything, a table that is there stays.
   */
  start(
    doors: readonly Door[],
    { allowUnguard = false }: StartOptions = {},
  ): Promise<readonly Grant[]> {
    const opening = doors.filter(({ open }) => open.length > 0);
    return Promise.resolve().then(() => {
      if (opening.length === 0 && this.#parts === undefined) return [];
      return attempt('make the table', () => this.#takeOver(opening, allowUnguard));
    });
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    this.#book.advance(nowMs);
    const outcomes = new Array<Outcome>(openings.length);
    for (const [at, { door, source }] of openings.entries()) {
      if (door.open.length === 0) outcomes[at] = openedNothing(this.#book, door, source, nowMs);
      else if (this.#parts === undefined) outcomes[at] = notStarted();
    }
    this.#parts?.opener.open(openings, outcomes, nowMs);
    this.#parts?.live.hurry(nowMs);
    this.#fileOf(this.#parts)?.put(openedBy(outcomes), () => this.#book.grants(nowMs));
    return outcomes;
  }

  expire(nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    this.#parts?.live.expire(nowMs);
    const ended = this.#book.takeEnded();
    this.#fileOf(this.#parts)?.drop(ended, () => this.#book.grants(nowMs));
    return ended;
  }

  nextExpiryMs(): number | undefined {
    const lookMs = this.#parts?.live.nextLookMs(monotonicMs());
    const expiryMs = this.#book.nextExpiryMs();
    return lookMs === undefined ? expiryMs : Math.min(lookMs, expiryMs ?? Infinity);
  }

  adjust(settings: TableSettings): void {
    this.#wanted = { ...this.#settings, ...settings };
  }

  async listed(): Promise<Iterable<Grant>> {
    const { keeper } = this.#parts ?? {};
    if (keeper !== undefined) await noteWhoSpeaks(new LiveReading(keeper, this.#book), keeper);
    const ends = await kernelEnds(keeper?.readSetsInPieces() ?? []);
    return withEnds(this.#book.grantsByAndBy(monotonicMs()), ends);
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

  revoke(door: Door, from: Network, nowMs: number): readonly Grant[] {
    this.#book.advance(nowMs);
    const grants = this.#parts?.revoker.revokeFrom(door, from, nowMs) ?? [];
    this.#revoked(grants);
    return grants;
  }

  /** One transaction makes the table with the new ends. */
  shorten(byMs: number, nowMs: number): void {
    this.#book.advance(nowMs);
    if (this.#book.size === 0) return;
    this.#book.shorten(byMs);
    try {
      attempt('shorten the grants', () => this.#parts?.keeper.make({ isWhole: true }));
    } catch (error) {
      this.#book.shorten(-byMs);
      throw error;
    }
    this.#file?.slept(byMs);
    this.#book.advance(nowMs);
  }

  /** Before the first `start` too: then the table is made with it. */
  block(blocks: readonly Block[], nowMs: number): void {
    const { keeper } = this.#parts ?? {};
    if (keeper === undefined) this.#shut.want(blocks);
    else attempt('block', () => keeper.block(blocks, nowMs));
  }

  blocked(): readonly CountedRange[] {
    if (this.#link === undefined || !this.#shut.isNeeded) return [];
    return this.#shut.counted(this.#link);
  }

  listCounters(): readonly CountedRange[] {
    const link = this.#link;
    if (link === undefined || !this.#settings.lists.hasCounters) return [];
    return [
      ...countedRanges(link.readBounds('block4', 4), 4),
      ...countedRanges(link.readBounds('block6', 6), 6),
    ];
  }

  onRevoked(listener: (grants: readonly Grant[]) => void): void {
    this.#tell = listener;
  }

  check(): void {
    this.#turns.stop();
    this.#look({ isTold: true, isLost: false });
    this.#turns.finish();
  }

  stillGuarded(): readonly PlacedPorts[] {
    return this.#parts?.keeper.stillGuarded ?? [];
  }

  isFilled(): boolean {
    return this.#parts?.keeper.isFilled ?? true;
  }

  counts(): Readonly<Partial<Record<NftEvent['kind'], number>>> {
    return { ...this.#counts };
  }

  onTrial(): readonly PlacedPorts[] {
    return this.#parts?.keeper.onTrial ?? [];
  }

  lifted(): readonly PlacedPorts[] {
    const [link, keeper] = [this.#link, this.#parts?.keeper];
    if (link === undefined || keeper === undefined) return [];
    return attempt('read what is lifted', () => liftedPorts(link, keeper.layout));
  }

  newlyCut(): readonly OpenPorts[] {
    return this.#parts?.keeper.newlyCut ?? [];
  }

  removeTable(): void {
    attempt('remove the table', () => this.#parts?.keeper.remove());
    this.#file?.remove();
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
    if (this.#settings.onStop === 'remove') this.removeTable();
    else this.#keepAll();
    this.#file?.close();
    this.#parts?.keeper.close();
    this.#parts?.live.stop();
    this.#parts = undefined;
    this.#tally.flush();
    this.#link?.[Symbol.dispose]();
    this.#link = undefined;
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
    this.#book = bookBy(this.#settings);
  }

  #takeOver(opening: readonly Door[], allowUnguard: boolean): readonly Grant[] {
    const nowMs = monotonicMs();
    this.#book.advance(nowMs);
    const before = this.#parts;
    const doors = [...opening, ...this.#kept(opening, allowUnguard, nowMs)];
    try {
      const { book, parts, grants } = this.#make(doors, allowUnguard);
      const { removed, over } = this.#lost(grants, nowMs);
      book.inherit([...this.#book.takeEnded(), ...over]);
      before?.keeper.close();
      before?.live.stop();
      this.#turns.stop();
      this.#settings = this.#wanted;
      this.#book = book;
      this.#parts = parts;
      this.#watch();
      this.#sayWhatIsStillGuarded();
      this.#keepAll();
      if (removed.length > 0) this.#tell(removed);
      return grants;
    } catch (error) {
      before?.keeper.use();
      if (before === undefined) this.#close();
      throw error;
    }
  }

  #make(
    doors: readonly Door[],
    allowUnguard: boolean,
  ): { readonly book: GrantBook; readonly parts: Parts; readonly grants: readonly Grant[] } {
    this.#lock ??= this.#wanted.lock.take();
    const owner = ownership(this.#wanted.isOwner, doors);
    // A reload tries nothing: what it guards is what somebody has just written.
    const trialMs = this.#parts === undefined ? this.#wanted.trialMs : undefined;
    const settings = { ...this.#wanted, owner, trialMs };
    this.#link ??= new KernelLink(settings.maxOpenMs);
    const book = bookBy(settings);
    const keeper = new TableKeeper(this.#link, doors, book, settings, this.#shut);
    const isFirst = this.#parts === undefined;
    const kept = owner === 'mortal' && isFirst ? this.#file?.read(doors) : undefined;
    const grants = keeper.takeOver(allowUnguard, this.#book.grants(monotonicMs()), kept);
    this.#settings = settings;
    const revoker = new Revoker(keeper, book);
    const amends = new Amends(keeper, book, settings.onEvent);
    const parts = {
      keeper,
      opener: new Opener(keeper, book, settings.maxOpenMs),
      revoker,
      live: new LiveGrants(keeper, book, revoker),
      mender: new Mender(keeper, book, amends, settings.onEvent),
      spots: new SpotCheck(keeper, book, amends),
    };
    return { book, parts, grants };
  }

  /** Doors that are no more, for as long as they have grants that may outlive them. */
  #kept(opening: readonly Door[], allowUnguard: boolean, nowMs: number): Door[] {
    if (this.#wanted.onDoorRemoved === 'close' || this.#parts === undefined) return [];
    return doorsWithGrants(this.#parts.keeper.doors, opening, this.#book, nowMs).map((door) =>
      allowUnguard ? { ...door, guard: false } : door,
    );
  }

  /** Grants that are no more: their doors have gone, or their time was up while the table was made. */
  #lost(left: readonly Grant[], nowMs: number): { removed: Grant[]; over: Grant[] } {
    const ids = new Set(left.map(({ id }) => id));
    const lost = this.#book.grants(nowMs).filter(({ id }) => !ids.has(id));
    // The kernel may have been slow, or somebody else had the processor.
    const madeMs = monotonicMs();
    const isOver = ({ untilMs }: Grant): boolean => untilMs <= madeMs + GONE_SLACK_MS;
    return { removed: lost.filter((grant) => !isOver(grant)), over: lost.filter(isOver) };
  }

  /** The file that grants are kept in, where the table ends with us. */
  #fileOf(parts: Parts | undefined): GrantFile | undefined {
    return parts?.keeper.isMortal === true ? this.#file : undefined;
  }

  /** Writes down all that is open, or that nothing is kept. */
  #keepAll(): void {
    const { keeper } = this.#parts ?? {};
    if (this.#file === undefined || keeper === undefined) return;
    if (keeper.isMortal) this.#file.begin(this.#book.grants(monotonicMs()));
    else this.#file.remove();
  }

  #revoked(grants: readonly Grant[]): void {
    if (grants.length === 0) return;
    this.#fileOf(this.#parts)?.drop(grants, () => this.#book.grants(monotonicMs()));
    this.#tell(grants);
  }

  #watch(): void {
    const settings = this.#settings;
    if (this.#watcher !== undefined || settings.checkIntervalMs === 0) return;
    this.#watcher = new Watcher(this.#link!, settings, {
      look: (why) => this.#look(why),
      check: (elements) => this.#check(elements),
    });
  }

  #sayWhatIsStillGuarded(): void {
    const ports = this.stillGuarded();
    if (ports.length > 0) this.#note({ kind: 'still guarded', ports, count: 1 });
  }

  #look({ isTold, isLost }: Why): void {
    const { keeper, mender } = this.#parts ?? {};
    if (keeper === undefined || mender === undefined) return;
    if (isLost) this.#note({ kind: 'news lost', count: 1 });
    try {
      if (keeper.isQuiet() && !isTold) return;
      const look = mender.look();
      const { done, value } = look.next();
      if (done === true) this.#looked(value);
      else if (!this.#turns.isUnderWay) this.#turns.goOn(look);
      else {
        // The table is as it should be; its elements are looked at once the look of now is over.
        look.return(undefined);
        this.#watcher?.again();
      }
    } catch (error) {
      this.#lookFailed(error);
    }
  }

  #check(elements: ElementRows): void {
    try {
      this.#revoked(this.#parts?.spots.check(elements) ?? []);
    } catch (error) {
      this.#lookFailed(error);
    }
  }

  #looked(revoked: readonly Grant[] | undefined): void {
    this.#revoked(revoked ?? []);
    this.#parts?.live.hurry(monotonicMs());
    if (revoked === undefined || !this.isFilled()) this.#watcher?.again();
  }

  #lookFailed(error: unknown): void {
    // The ruleset has changed all the while it was read.
    if (codeOf(error) !== 'EINTR') {
      const failure = toFirewallError(error, 'check the table');
      this.#note({ kind: 'check failed', error: failure, count: 1 });
    }
    this.#watcher?.again();
  }

  #note(event: NftEvent): void {
    this.#counts[event.kind] = (this.#counts[event.kind] ?? 0) + event.count;
    this.#tally.add(event);
  }
}

/** An end so near may have come while the kernel was asked. */
const GONE_SLACK_MS = 100;

/** Has the book note who is not silent, with a turn of the loop between any two pieces. */
async function noteWhoSpeaks(reading: LiveReading, keeper: TableKeeper): Promise<void> {
  for (const piece of readInPieces(keeper, reading.sets)) {
    reading.take(piece, monotonicMs());
    await turn();
  }
}

function openedBy(outcomes: readonly Outcome[]): Grant[] {
  return outcomes.flatMap((each) =>
    each.kind === 'opened' && each.grant.ports.length > 0 ? [each.grant] : [],
  );
}

function notStarted(): Outcome {
  const reason = 'there is no table: the firewall has not been started';
  const error = new FirewallError('FIREWALL_UNKNOWN_DOOR', 'open', reason);
  return { kind: 'refused', reason: 'failed', error };
}
