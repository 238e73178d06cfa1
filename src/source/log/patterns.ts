import { Worker } from 'node:worker_threads';

/** What the named groups of an expression have taken. */
export type PatternGroups = Readonly<Record<string, string | undefined>>;

/** What an expression makes of a message; `tooSlow`: none had an end in time. */
export type PatternAnswer = PatternGroups | undefined | 'tooSlow';

/** What the worker is started with. */
export interface PatternTask {
  readonly patterns: readonly string[];
  /** At which message it is; -1: at none. */
  readonly progress: Int32Array;
}

type Answer = readonly PatternAnswer[] | { readonly stuckAt: number };

/** An expression that takes so long for one line goes round in circles. */
const LIMIT_MS = 250;

/**
 * Users' expressions, which run beside the loop: one that takes for ever ends its worker, and costs the
 * line that it was at. The next ones are served by another worker.
 */
export class Patterns implements Disposable {
  readonly #patterns: readonly string[];
  #worker: Worker | undefined;
  #progress = new Int32Array(new SharedArrayBuffer(4));
  #isClosed = false;
  /** End the wait for an answer. */
  #settle: ((answer: Answer | undefined) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  /** What each of these messages says; after `close` nothing. */
  async match(texts: readonly string[]): Promise<readonly PatternAnswer[]> {
    const answers: PatternAnswer[] = texts.map(() => undefined);
    let left = [...texts.keys()];
    while (left.length > 0 && !this.#isClosed) {
      const found = await this.#ask(left.map((at) => texts[at]!));
      if (found === undefined) break;
      if (!('stuckAt' in found)) {
        for (const [nth, at] of left.entries()) answers[at] = found[nth];
        break;
      }
      const stuck = left[found.stuckAt]!;
      answers[stuck] = 'tooSlow';
      left = left.filter((at) => at !== stuck);
    }
    return answers;
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#end();
    this.#settle?.(undefined);
  }

  /** The worker's answer, or at which message it was ended; undefined: closed meanwhile. */
  async #ask(texts: readonly string[]): Promise<Answer | undefined> {
    const worker = this.#started();
    Atomics.store(this.#progress, 0, -1);
    let last = -1;
    const watch = setInterval(() => {
      const at = Atomics.load(this.#progress, 0);
      // It has not begun while it is being started, and has done when its answer is under way.
      if (at >= 0 && at === last) {
        this.#end();
        this.#settle?.({ stuckAt: at });
      }
      last = at;
    }, LIMIT_MS);
    try {
      return await new Promise((resolve, reject) => {
        this.#settle = resolve;
        this.#fail = reject;
        worker.postMessage(texts);
      });
    } finally {
      clearInterval(watch);
    }
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    this.#progress = new Int32Array(new SharedArrayBuffer(4));
    const workerData: PatternTask = { patterns: this.#patterns, progress: this.#progress };
    // Sources lie as .ts, what is shipped as .js.
    const file = new URL(import.meta.url.replace(/patterns(\.[jt]s)$/, 'pattern-worker$1'));
    const worker = new Worker(file, { workerData });
    worker.on('message', (found: readonly PatternAnswer[]) => this.#settle?.(found));
    worker.on('error', (error) => this.#fail?.(error));
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #end(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }
}
