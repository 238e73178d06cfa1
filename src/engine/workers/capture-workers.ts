import { Worker } from 'node:worker_threads';
import type { BlockedSources } from '../../matcher/blocked-sources.ts';
import type { MatcherStats } from '../../matcher/decision-log.ts';
import type { MatcherOptions } from '../../matcher/matcher.ts';
import type { Instant } from '../../report/event.ts';
import type { SourceCounters } from '../../source/source.ts';
import type { DecisionTaker, DoorSet, Matching } from '../matching.ts';
import { Board } from './board.ts';
import type { CaptureTask, CarriedOut, Ended, Progress } from './capture-messages.ts';
import { WorkMerger, type MergedBatch } from './merge-work.ts';
import { decisionOf, errorOf, plainBlocked } from './plain.ts';
import { shareOf } from './share.ts';

export interface CaptureWorkersOptions {
  readonly workers: number;
  /** A capture that is a regular file, and not packed: each worker reads it for itself. */
  readonly file: string;
  readonly doors: DoorSet;
  readonly matcher: Omit<MatcherOptions, 'memory'>;
  readonly blocked: BlockedSources;
}

/**
 * A capture taken through several matchers, each with its share of the sources. What they decide is put
 * into the order of the packets: as long as no attempt has to make room for another, all is as one
 * matcher would have it. Not for doors of which one opening changes what the next knock must be.
 */
export class CaptureWorkers implements Pick<Matching, 'run' | 'ignore' | 'stats'> {
  readonly #options: CaptureWorkersOptions;
  readonly #workers: readonly Worker[];
  readonly #boards: readonly Board[];
  readonly #merger: WorkMerger;
  #taker!: DecisionTaker;
  #last: Instant | undefined;

  constructor(options: CaptureWorkersOptions) {
    const { workers, file, doors, matcher, blocked } = options;
    this.#options = options;
    this.#merger = new WorkMerger(workers);
    const memories = Array.from({ length: workers }, () => Board.allocate());
    this.#boards = memories.map((memory) => new Board(memory));
    // No secret is needed where nobody can answer to it, and replays are alike.
    const sharing = { workers, seed: 0 };
    const plain = { doors: doors.doors, rules: doors.rules, blocked: plainBlocked(blocked) };
    const common = { ...plain, sharing, file, matcher: shareOf(matcher, workers).matcher };
    // Sources lie as .ts, what is shipped as .js.
    const entry = new URL(import.meta.url.replace(/capture-workers(\.[jt]s)$/, 'capture-worker$1'));
    this.#workers = memories.map((board, index) => {
      const task: CaptureTask = { ...common, index, board };
      return new Worker(entry, { workerData: task });
    });
  }

  async run(taker: DecisionTaker): Promise<void> {
    this.#taker = taker;
    try {
      const errors = await Promise.all(this.#workers.map((worker, at) => this.#hear(worker, at)));
      if (this.#last !== undefined) taker.passed(this.#last);
      const error = errors.find((each) => each !== undefined);
      if (error !== undefined) throw error;
    } finally {
      await this.close();
    }
  }

  /** All read the same. */
  counters(): SourceCounters {
    return this.#boards[0]!.counters();
  }

  stats(): MatcherStats {
    return Board.sumOfStats(this.#boards);
  }

  ignore(): never {
    throw new Error('an action that ignores a source needs one matcher');
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.terminate();
  }

  /** Until it is at the end; what is wrong with the file. */
  #hear(worker: Worker, index: number): Promise<Error | undefined> {
    return new Promise((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error(`worker ${index} has ended too soon`)));
      worker.on('message', (news: Progress | Ended) => {
        if (news.kind === 'ended') {
          resolve(news.error && errorOf(news.error));
          return;
        }
        this.#take(index, news).catch(reject);
      });
    });
  }

  async #take(index: number, progress: Progress): Promise<void> {
    const before = this.#merger.through;
    for (const batch of this.#merger.add(index, progress)) this.#carryOut(batch);
    if (progress.through === this.#merger.through) this.#last = progress.last;
    if (this.#merger.through === before) return;
    const carriedOut: CarriedOut = { through: this.#merger.through };
    await this.#taker.room();
    for (const worker of this.#workers) worker.postMessage(carriedOut);
  }

  #carryOut({ before, last, decisions, scans }: MergedBatch): void {
    if (before !== undefined) this.#taker.passed(before);
    const { doors } = this.#options.doors;
    const known = decisions.map((plain) => decisionOf(plain, doors[plain.door]!));
    if (known.length > 0) this.#taker.decided(known);
    if (scans.length > 0) this.#taker.scanned(scans);
    this.#taker.passed(last);
  }
}
