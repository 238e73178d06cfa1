import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BlockedSources } from '../../matcher/blocked-sources.ts';
import type { MatcherStats } from '../../matcher/decision-log.ts';
import type { MatcherOptions } from '../../matcher/matcher.ts';
import type { ScanOptions } from '../../matcher/scan-watch.ts';
import { clockOffsets } from '../../source/clock-offsets.ts';
import { LinkWatch } from '../../source/link-watch.ts';
import type { FollowOptions } from '../../source/ring.ts';
import type { SourceCounters } from '../../source/source.ts';
import type { Address } from '../../tuple/address.ts';
import type { DecisionTaker, DoorSet, Matching, Succession } from '../matching.ts';
import { Board } from './board.ts';
import { Generations } from './generations.ts';
import type { Groups, Looked, News, Order, PlainDoors } from './messages.ts';
import { sizeOf } from './outbox.ts';
import { decisionOf, linkEventOf, plainBlocked } from './plain.ts';
import { shareOf } from './share.ts';
import { WorkerThread } from './worker-thread.ts';

export interface WorkersOptions {
  /** At least 2. */
  readonly workers: number;
  readonly interfaces: readonly string[];
  readonly doors: DoorSet;
  /** For all of them together. */
  readonly matcher: Omit<MatcherOptions, 'memory'>;
  /** By series of codes, up to which number all are used by now. */
  readonly used: () => ReadonlyMap<string, number>;
  readonly follow: FollowOptions;
}

/** While an interface is waited for, it is looked for so often. */
const LOOK_MS = 1000;
/** Totals of a worker that does not answer in this time are those that it told last. */
const TELL_MS = 250;

/**
 * Packets shared out among threads by their source address, each with a ring on every interface and a
 * matcher of its own; all that is decided comes together here. One that is lost ends all of them.
 */
export class Workers implements Matching, AsyncDisposable {
  readonly #options: WorkersOptions;
  readonly #threads: readonly WorkerThread[];
  readonly #boards: readonly Board[];
  readonly #generations: Generations;
  readonly #clockOrigin = clockOffsets().wall;
  readonly #watch: LinkWatch;
  #interfaces: readonly string[];
  #looked: Looked | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isLookDue = false;
  #nextLook: NodeJS.Timeout | undefined;
  #next: { readonly doors: DoorSet; readonly generation: number } | undefined;
  #taker: DecisionTaker | undefined;
  #failure: Error | undefined;
  #fail: ((why: Error) => void) | undefined;
  #isClosed = false;

  private constructor(options: WorkersOptions) {
    this.#options = options;
    this.#interfaces = options.interfaces;
    this.#generations = new Generations(options.doors.doors);
    const { onNews, hearsRoutes = false } = options.follow;
    // Before the first look, so that no change falls between the two.
    this.#watch = new LinkWatch(
      (news) => {
        const seen = news.links ? this.#look() : Promise.resolve();
        void seen.then(() => onNews?.(news));
      },
      { hearsRoutes },
    );
    const memories = Array.from({ length: options.workers }, () => Board.allocate());
    this.#boards = memories.map((memory) => new Board(memory));
    const share = shareOf(options.matcher, options.workers);
    const sharing = { workers: options.workers, seed: randomInt(2 ** 32) };
    const ring = { slots: share.slots, clockOrigin: this.#clockOrigin };
    const doors = this.#plain(options.doors, 0);
    const common = { sharing, ring, matcher: share.matcher, doors };
    this.#threads = memories.map((board, index) => {
      return new WorkerThread(
        { ...common, index, board },
        { heard: (news) => this.#hear(index, news), lost: (why) => this.#lose(why) },
      );
    });
  }

  /** Starts them, and has them listen. Fails as `openRing` does. */
  static async start(options: WorkersOptions): Promise<Workers> {
    const workers = new Workers(options);
    try {
      await workers.#look();
      if (workers.#failure !== undefined) throw workers.#failure;
      return workers;
    } catch (error) {
      await workers.close();
      throw error;
    }
  }

  /** As what stands in for one ring. */
  get ring(): this {
    return this;
  }

  /** ARPHRD_* of each interface, in their order. */
  get hardware(): readonly (number | undefined)[] {
    return this.#looked?.hardware ?? [];
  }

  /** Each worker's own totals. */
  get each(): readonly { readonly name: string; counters(): SourceCounters }[] {
    const name = this.#interfaces.join(',');
    return this.#boards.map((board, index) => {
      return { name: `${name}, worker ${index}`, counters: () => board.counters() };
    });
  }

  /** Listens on these from now on. */
  listenOn(interfaces: readonly string[]): void {
    this.#interfaces = interfaces;
    void this.#look();
  }

  counters(): SourceCounters {
    return Board.sumOfCounters(this.#boards);
  }

  stats(): MatcherStats {
    return Board.sumOfStats(this.#boards);
  }

  /** Totals are of now when this is done. */
  async tell(): Promise<void> {
    const told = this.#threads.map((thread) => thread.ask({ kind: 'tell' }));
    await Promise.race([Promise.all(told), sleep(TELL_MS, undefined, { ref: false })]);
  }

  /** How far the wall clock has been set ahead since the start, in microseconds: no packet's time shows it. */
  wallShift(): number {
    return clockOffsets().wall - this.#clockOrigin;
  }

  /** Whether some worker has not answered since this was asked last. */
  hasFrames(): boolean {
    const isBehind = this.#threads.some(({ isBusy }) => isBusy);
    if (!isBehind) this.tell().catch((error: Error) => this.#lose(error));
    return isBehind;
  }

  async run(taker: DecisionTaker): Promise<void> {
    this.#taker = taker;
    const failed = new Promise<never>((_, reject) => (this.#fail = reject));
    if (this.#failure !== undefined) throw this.#failure;
    this.#tellAll({ kind: 'run' });
    await Promise.race([Promise.all(this.#threads.map(({ ended }) => ended)), failed]);
  }

  /** All of them, or none. */
  async takeOn(next: DoorSet): Promise<void> {
    const generation = this.#generations.reserve();
    const plain = this.#plain(next, generation);
    const answers = this.#threads.map((thread) => thread.ask({ kind: 'takeOn', next: plain }));
    const failed = (await Promise.allSettled(answers)).find(({ status }) => status === 'rejected');
    if (failed === undefined) this.#next = { doors: next, generation };
    else this.putBack();
    if (failed?.status === 'rejected') throw failed.reason as Error;
  }

  putBack(): void {
    this.#next = undefined;
    this.#tellAll({ kind: 'putBack' });
  }

  replaceDoors(attempts: Succession): void {
    const { doors, generation } = this.#next!;
    this.#generations.replace(generation, doors.doors);
    this.#next = undefined;
    this.#tellAll({ kind: 'replaceDoors', attempts });
    this.#forgetBefore(generation);
  }

  exchange(next: DoorSet, attempts: Succession): void {
    const generation = this.#generations.reserve();
    this.#generations.exchange(generation, next.doors);
    this.#tellAll({ kind: 'exchange', next: this.#plain(next, generation), attempts });
    this.#forgetBefore(generation);
  }

  setBlocked(blocked: BlockedSources): void {
    this.#tellAll({ kind: 'setBlocked', blocked: plainBlocked(blocked) });
  }

  setLocalAddresses(addresses: readonly Address[] | undefined): void {
    this.#tellAll({ kind: 'setLocalAddresses', addresses });
  }

  watchFor(scans: ScanOptions): void {
    this.#tellAll({ kind: 'watchFor', scans });
  }

  ignore(source: Address, seconds: number): void {
    this.#tellAll({ kind: 'ignore', source, seconds });
  }

  /** Codes of a series are used up to this number: none of the workers takes one of them any more. */
  used(series: string, number: number): void {
    this.#tellAll({ kind: 'used', series, number });
  }

  /** Ends them; what they have decided on before is carried out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#nextLook);
    this.#watch[Symbol.dispose]();
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tellAll(order: Order): void {
    for (const thread of this.#threads) thread.tell(order);
  }

  #hear(index: number, news: Exclude<News, { kind: 'answer' }>): void {
    try {
      if (news.kind === 'decided') this.#decided(news);
      this.#taker?.passed(undefined);
    } catch (error) {
      this.#lose(error as Error);
    }
    if (news.kind !== 'decided') return;
    this.#threads[index]!.tell({ kind: 'carriedOut', decisions: sizeOf(news) });
  }

  #decided({ generation, decisions, scans }: Extract<News, { kind: 'decided' }>): void {
    const known = decisions.flatMap((plain) => {
      const door = this.#generations.door(generation, plain.door);
      return door === undefined ? [] : [decisionOf(plain, door)];
    });
    if (known.length > 0) this.#taker?.decided(known);
    if (scans.length > 0) this.#taker?.scanned(scans);
  }

  #lose(why: Error): void {
    if (this.#isClosed) return;
    this.#failure ??= why;
    this.#fail?.(why);
  }

  /** Doors of before are forgotten when nobody has decisions about them under way. */
  #forgetBefore(generation: number): void {
    const told = this.#threads.map((thread) => thread.ask({ kind: 'tell' }));
    void Promise.allSettled(told).then(() => this.#generations.forgetBefore(generation));
  }

  /** A look that has not begun yet will see what is to be seen now. */
  #look(): Promise<void> {
    if (this.#isLookDue) return this.#looking;
    this.#isLookDue = true;
    this.#looking = this.#looking.then(() => {
      this.#isLookDue = false;
      return this.#lookInTurn();
    });
    return this.#looking;
  }

  /** One after the other, so that rings join every group in the order of the workers: each source has one worker, on whatever interface it is heard. */
  async #lookInTurn(): Promise<void> {
    clearTimeout(this.#nextLook);
    let groups: Groups = {};
    let isWaiting = false;
    const isFirst = this.#looked === undefined;
    for (const [index, thread] of this.#threads.entries()) {
      const question = { kind: 'look', interfaces: this.#interfaces, groups } as const;
      const { looked } = await thread.ask(question);
      if (looked === undefined || this.#isClosed) return;
      isWaiting ||= looked.isWaiting;
      if (index > 0) continue;
      this.#looked = looked;
      groups = looked.groups;
      if (!isFirst) this.#tellLinks(looked);
    }
    if (isFirst) this.#tellLinks(this.#looked!);
    if (isWaiting) this.#nextLook = setTimeout(() => void this.#look(), LOOK_MS).unref();
  }

  #tellLinks({ events }: Looked): void {
    for (const event of events) this.#options.follow.onLink?.(linkEventOf(event));
  }

  #plain({ doors, rules }: DoorSet, generation: number): PlainDoors {
    return { doors, rules, generation, used: this.#options.used() };
  }
}
