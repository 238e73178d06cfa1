import type { MessagePort } from 'node:worker_threads';
import type { Door } from '../../door/door.ts';
import type { Decision } from '../../matcher/decision.ts';
import type { Scan } from '../../matcher/scan-watch.ts';
import type { News } from './messages.ts';
import { plainDecision } from './plain.ts';

/** So many decisions may be under way; then the worker waits, and its ring is the queue. */
const MOST_UNDER_WAY = 8192;

/** What a worker has decided, on its way to the main thread. */
export class Outbox {
  /** How often the worker stood still since too much was under way. */
  freezes = 0;
  readonly #port: MessagePort;
  #underWay = 0;
  /** Ends the wait for less to be under way. */
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(
    decisions: readonly Decision[],
    scans: readonly Scan[],
    { doorAt, generation }: { doorAt: ReadonlyMap<Door, number>; generation: number },
  ): void {
    const plain = decisions.map((decision) => plainDecision(decision, doorAt));
    this.#underWay += sizeOf({ decisions: plain, scans });
    this.#port.postMessage({ kind: 'decided', generation, decisions: plain, scans } satisfies News);
  }

  carriedOut(decisions: number): void {
    this.#underWay -= decisions;
    this.#wake?.();
  }

  get isFull(): boolean {
    return this.#underWay > MOST_UNDER_WAY;
  }

  /** Until there is room. */
  async room(): Promise<void> {
    this.freezes++;
    await this.#until(() => !this.isFull);
  }

  /** Until the main thread has carried out all that was sent. */
  allDone(): Promise<void> {
    return this.#until(() => this.#underWay === 0);
  }

  /** Nobody waits from here on. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#isClosed) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    this.#wake = undefined;
  }
}

/** What a message counts for. */
export function sizeOf(news: {
  readonly decisions: readonly unknown[];
  readonly scans: readonly unknown[];
}): number {
  return news.decisions.length + news.scans.length;
}
