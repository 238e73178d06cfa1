import { setImmediate } from 'node:timers/promises';

/**
 * Lets timers, signals and sockets have their turn while a source works through much input: not after
 * each batch, which would cost more than the batch, but after a few milliseconds.
 */
export class EventLoopTurn {
  #since = performance.now();

  /** Resolves at once, or after the event loop has gone round. */
  async pause(): Promise<void> {
    if (!this.isDue()) return;
    await setImmediate();
    this.#since = performance.now();
  }

  isDue(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }
}

const TURN_MS = 3;
