import type { MessagePort } from 'node:worker_threads';
import { compileDoors, type CompiledDoors } from '../../matcher/compile-doors.ts';
import type { Decision } from '../../matcher/decision.ts';
import { Matcher } from '../../matcher/matcher.ts';
import type { Place } from '../../matcher/place.ts';
import type { Instant } from '../../report/event.ts';
import { openCapture } from '../../source/pcap.ts';
import type { TupleSource } from '../../source/source.ts';
import type { TupleBatch } from '../../tuple/batch.ts';
import { largePages } from '../large-pages.ts';
import { Board } from './board.ts';
import type { BatchWork, CaptureTask, CarriedOut, Ended, Progress } from './capture-messages.ts';
import { blockedOf, plainDecision, plainError } from './plain.ts';

/** Batches between two messages at most, and decisions in one of them, about. */
const BATCHES = 32;
const DECISIONS = 1024;
/** A worker may be ahead of the last of them by so many batches. */
const MOST_AHEAD = 256;

/** A worker's share of a capture: it reads all of it, and follows some of the sources. */
export class CaptureShare {
  readonly #task: CaptureTask;
  readonly #port: MessagePort;
  readonly #compiled: CompiledDoors;
  readonly #matcher: Matcher;
  readonly #doorAt: ReadonlyMap<CaptureTask['doors'][number], number>;
  #work: BatchWork[] = [];
  #decided = 0;
  #packets = 0;
  #batches = 0;
  #told = 0;
  #carriedOut = 0;
  #last: Instant | undefined;
  #wake: (() => void) | undefined;

  constructor(task: CaptureTask, port: MessagePort) {
    this.#task = task;
    this.#port = port;
    this.#compiled = compileDoors(task.doors, task.rules);
    this.#matcher = new Matcher(this.#compiled, { ...task.matcher, memory: largePages() });
    this.#matcher.setBlocked(blockedOf(task.blocked));
    this.#doorAt = new Map(task.doors.map((door, at) => [door, at]));
    port.on('message', ({ through }: CarriedOut) => {
      this.#carriedOut = through;
      this.#wake?.();
    });
  }

  /** Until the file ends. What is wrong with it is told behind what was read before. */
  async run(): Promise<void> {
    let error: Error | undefined;
    try {
      await using source = await openCapture(this.#task.file, {
        interest: this.#compiled.interest,
      });
      try {
        for await (const batch of source) await this.#take(batch, source);
      } finally {
        this.#tell(source);
      }
    } catch (cause) {
      error = cause as Error;
    }
    const ended: Ended = { kind: 'ended', error: error && plainError(error) };
    this.#port.postMessage(ended);
    this.#port.close();
  }

  async #take(batch: TupleBatch, source: TupleSource): Promise<void> {
    this.#match(batch);
    this.#batches++;
    const isDue = this.#batches - this.#told >= BATCHES || this.#decided >= DECISIONS;
    if (isDue) this.#tell(source);
    while (this.#batches - this.#carriedOut > MOST_AHEAD) {
      if (this.#told < this.#batches) this.#tell(source);
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  #match(batch: TupleBatch): void {
    const { sharing, index } = this.#task;
    const decisions: Decision[] = [];
    const [places, scanPackets]: [Place[], number[]] = [[], []];
    const placing = { firstPacket: this.#packets, places, scans: scanPackets };
    this.#matcher.matchShare(batch, decisions, { sharing, index }, placing);
    this.#packets += batch.length;
    const before = this.#last;
    const at = batch.length - 1;
    const last = { seconds: batch.seconds[at]!, nanoseconds: batch.nanoseconds[at]! };
    this.#last = last;
    const scans = this.#matcher.takeScans();
    if (decisions.length + scans.length === 0) return;
    const plain = decisions.map((decision) => plainDecision(decision, this.#doorAt));
    const work = { batch: this.#batches, before, last, places, scans, scanPackets };
    this.#work.push({ ...work, decisions: plain });
    this.#decided += decisions.length;
  }

  #tell(source: TupleSource): void {
    new Board(this.#task.board).write(source.counters(), 0, this.#matcher.stats());
    const progress = { through: this.#batches, last: this.#last, work: this.#work };
    this.#port.postMessage({ kind: 'progress', ...progress } satisfies Progress);
    this.#told = this.#batches;
    this.#work = [];
    this.#decided = 0;
  }
}
