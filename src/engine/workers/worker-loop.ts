import type { MessagePort } from 'node:worker_threads';
import type { Decision } from '../../matcher/decision.ts';
import { Matcher } from '../../matcher/matcher.ts';
import type { LinkEvent } from '../../source/link-event.ts';
import { openRing, type RingTuples } from '../../source/ring.ts';
import type { TupleBatch } from '../../tuple/batch.ts';
import { largePages } from '../large-pages.ts';
import type { Succession } from '../matching.ts';
import { Board } from './board.ts';
import type {
  Answer,
  Groups,
  Looked,
  News,
  Order,
  PlainDoors,
  Question,
  WorkerTask,
} from './messages.ts';
import { Outbox } from './outbox.ts';
import { blockedOf, plainError, plainLinkEvent } from './plain.ts';
import { UsedNumbers } from './used-numbers.ts';
import { WorkerDoors } from './worker-doors.ts';

/** Totals are written down this often at most. */
const TELL_EVERY_MS = 100;

/** A worker: its share of the packets, through a matcher of its own. What is decided goes to the main thread. */
export class WorkerLoop {
  readonly #task: WorkerTask;
  readonly #port: MessagePort;
  readonly #outbox: Outbox;
  readonly #board: Board;
  readonly #used = new UsedNumbers();
  readonly #matcher: Matcher;
  readonly #decisions: Decision[] = [];
  readonly #linkEvents: LinkEvent[] = [];
  #groups: Groups = {};
  #ring: RingTuples | undefined;
  #doors: WorkerDoors;
  #next: WorkerDoors | undefined;
  #toldMs = 0;
  #telling: NodeJS.Timeout | undefined;
  #suppressed = 0;
  #isRunning = false;

  constructor(task: WorkerTask, port: MessagePort) {
    this.#task = task;
    this.#port = port;
    this.#outbox = new Outbox(port);
    this.#board = new Board(task.board);
    this.#doors = this.#read(task.doors);
    this.#matcher = new Matcher(this.#doors.compiled, { ...task.matcher, memory: largePages() });
  }

  /** What fails here and is not answered ends the worker, and with it the daemon. */
  follow(order: Order): void {
    switch (order.kind) {
      case 'run':
        return void this.#run();
      case 'ask':
        return void this.#answer(order.number, order.question);
      case 'putBack':
        return this.#putBack();
      case 'replaceDoors':
        return this.#replaceDoors(order.attempts);
      case 'exchange':
        return this.#exchange(order.next, order.attempts);
      case 'setBlocked':
        return this.#matcher.setBlocked(blockedOf(order.blocked));
      case 'setLocalAddresses':
        return this.#matcher.setLocalAddresses(order.addresses);
      case 'watchFor':
        return this.#matcher.watchFor(order.scans);
      case 'ignore':
        return this.#matcher.ignore(order.source, order.seconds);
      case 'used':
        return this.#used.note(order.series, order.number);
      case 'carriedOut':
        return this.#outbox.carriedOut(order.decisions);
      case 'end':
        return void this.#end();
    }
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for await (const batch of this.#ring!) await this.#match(batch);
    this.#tell();
    clearTimeout(this.#telling);
    this.#port.close();
  }

  /** Where a decision may change what follows, the rest of the batch waits until it is carried out. */
  async #match(batch: TupleBatch): Promise<void> {
    for (let row = 0; row < batch.length;) {
      row = this.#matcher.match(batch, this.#decisions, row);
      const scans = this.#matcher.takeScans();
      if (this.#decisions.length + scans.length > 0) {
        this.#outbox.send(this.#decisions, scans, this.#doors);
        this.#decisions.length = 0;
      }
      if (this.#matcher.isPaused) await this.#outbox.allDone();
    }
    if (this.#outbox.isFull) await this.#outbox.room();
    this.#tellSoon();
  }

  async #answer(number: number, question: Question): Promise<void> {
    const answer = await this.#work(question).catch((error: unknown): Answer => {
      return { error: plainError(error) };
    });
    this.#port.postMessage({ kind: 'answer', number, answer } satisfies News);
  }

  async #work(question: Question): Promise<Answer> {
    switch (question.kind) {
      case 'look':
        return { looked: await this.#look(question.interfaces, question.groups) };
      case 'takeOn':
        this.#takeOn(question.next);
        return {};
      case 'tell':
        this.#tell();
        return {};
    }
  }

  async #look(interfaces: readonly string[], groups: Groups): Promise<Looked> {
    this.#groups = groups;
    if (this.#ring === undefined) this.#ring = await this.#open(interfaces);
    else this.#ring.listenOn(interfaces);
    const { hardware, isWaiting } = this.#ring;
    const events = this.#linkEvents.splice(0).map(plainLinkEvent);
    return {
      groups: this.#ring.groups,
      interfaces: this.#ring.interfaces,
      hardware,
      isWaiting,
      events,
    };
  }

  #open(interfaces: readonly string[]): Promise<RingTuples> {
    return openRing({
      ...this.#task.ring,
      interfaces,
      interest: this.#doors.compiled.interest,
      fanout: { ...this.#task.sharing, groupOf: (name) => this.#groupOf(name) },
      follow: { onLink: (event) => this.#linkEvents.push(event), isTold: true },
    });
  }

  /** The first worker begins a group with each ring that it opens. */
  #groupOf(name: string): number | 'new' | undefined {
    return this.#task.index === 0 ? 'new' : this.#groups[name];
  }

  #takeOn(next: PlainDoors): void {
    const doors = this.#read(next);
    this.#ring!.setInterest(doors.compiled.interest);
    this.#next = doors;
  }

  #putBack(): void {
    this.#next = undefined;
    this.#ring!.setInterest(this.#doors.compiled.interest);
  }

  #replaceDoors(attempts: Succession): void {
    this.#doors = this.#next!;
    this.#next = undefined;
    this.#matcher.replaceDoors(this.#doors.compiled, attempts);
  }

  #exchange(next: PlainDoors, attempts: Succession): void {
    this.#doors = this.#doors.exchanged(next);
    this.#ring!.setInterest(this.#doors.compiled.interest);
    this.#matcher.replaceDoors(this.#doors.compiled, attempts);
  }

  #read(plain: PlainDoors): WorkerDoors {
    this.#used.noteAll(plain.used);
    return WorkerDoors.from(plain, this.#used, () => (this.#ring?.wallShift() ?? 0) / 1e6);
  }

  /** At once if that is long ago, else a little later: nobody pays for totals packet by packet. */
  #tellSoon(): void {
    if (performance.now() - this.#toldMs >= TELL_EVERY_MS) this.#tell();
    else this.#telling ??= setTimeout(() => this.#tell(), TELL_EVERY_MS);
  }

  #tell(): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#toldMs = performance.now();
    const stats = this.#matcher.stats();
    if (this.#ring !== undefined) {
      this.#board.write(this.#ring.counters(), this.#outbox.freezes, stats);
    }
    if (stats.suppressed === this.#suppressed) return;
    this.#suppressed = stats.suppressed;
    this.#port.postMessage({ kind: 'suppressed' } satisfies News);
  }

  /** What lies in the batch is still decided on, as in one thread. */
  async #end(): Promise<void> {
    this.#outbox.close();
    await this.#ring?.close();
    if (!this.#isRunning) this.#port.close();
  }
}
