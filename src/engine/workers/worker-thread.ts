import { Worker } from 'node:worker_threads';
import type { Answer, News, Order, Question, Reply, WorkerTask } from './messages.ts';
import { errorOf } from './plain.ts';

/** Who hears of a worker. */
export interface WorkerEars {
  readonly heard: (news: Exclude<News, { kind: 'answer' }>) => void;
  /** It ended though nobody told it to. */
  readonly lost: (why: Error) => void;
}

/** A worker that does not end by itself within this time is ended. */
const PATIENCE_MS = 2000;

/** One worker as the main thread has it. */
export class WorkerThread {
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;
  #isEnding = false;

  constructor(task: WorkerTask, { heard, lost }: WorkerEars) {
    // Sources lie as .ts, what is shipped as .js.
    const file = new URL(import.meta.url.replace(/worker-thread(\.[jt]s)$/, 'worker$1'));
    this.#worker = new Worker(file, { workerData: task });
    this.#worker.on('message', (news: News) => {
      if (news.kind === 'answer') this.#answered(news.number, news.answer);
      else heard(news);
    });
    let why: Error | undefined;
    this.#worker.on('error', (error) => (why = error));
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#giveUp();
        if (!this.#isEnding) lost(new WorkerLostError(task.index, why));
        resolve();
      });
    });
  }

  tell(order: Order): void {
    if (!this.#isEnding) this.#worker.postMessage(order);
  }

  /** Its answer, or its error; one that ends meanwhile answers nothing. */
  async ask(question: Question): Promise<Reply> {
    if (this.#isEnding) return {};
    const number = this.#asked++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(number, resolve));
    this.#worker.postMessage({ kind: 'ask', number, question } satisfies Order);
    const answer = await answered;
    if ('error' in answer) throw errorOf(answer.error);
    return answer;
  }

  /** Whether it has not answered what it was asked. */
  get isBusy(): boolean {
    return this.#waiting.size > 0;
  }

  /** Tells it to end, and waits until it has. */
  async end(): Promise<void> {
    if (!this.#isEnding) this.tell({ kind: 'end' });
    this.#isEnding = true;
    const impatience = setTimeout(() => void this.#worker.terminate(), PATIENCE_MS);
    await this.ended;
    clearTimeout(impatience);
  }

  #answered(number: number, answer: Answer): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }

  #giveUp(): void {
    for (const answered of this.#waiting.values()) answered({});
    this.#waiting.clear();
  }
}

/** A share of the packets is heard by nobody: a daemon that is blind in one eye ends. */
export class WorkerLostError extends Error {
  readonly code = 'WORKER_LOST';

  constructor(index: number, cause: Error | undefined) {
    const why = cause === undefined ? '' : `: ${cause.message}`;
    const message = `worker ${index} has ended${why}, so the daemon ends: start it anew`;
    super(message, cause === undefined ? {} : { cause });
  }
}
