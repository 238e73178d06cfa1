import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Wakes as often as an idle daemon, and answers what it is told. */
const PROGRAM =
  'setInterval(() => {}, 1000); process.stdin.on("data", (it) => process.stdout.write(it));';

/**
 * A node process that has nothing to do. What it takes to wake it is the machine's own: a millisecond's
 * fraction mostly, but 50 ms (and 5 of the processor) where a virtual machine that rests gives its pages up.
 */
export class BareProcess implements Disposable {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(): Promise<BareProcess> {
    const bare = new BareProcess(
      spawn(process.execPath, ['-e', PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await bare.answerMs();
    return bare;
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }

  /** Milliseconds from a word to its answer. */
  async answerMs(): Promise<number> {
    const toldMs = performance.now();
    this.#process.stdin!.write('\n');
    await once(this.#process.stdout!, 'data');
    return performance.now() - toldMs;
  }

  get pid(): number {
    return this.#process.pid!;
  }
}
