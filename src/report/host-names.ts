import { lookupService } from 'node:dns/promises';
import { printable } from '../config/printable.ts';

/** Resolvers may take half a minute to give up; a line is not held up for longer than this. */
const PATIENCE_MS = 2000;
/** A flood of sources must not become a flood of questions: node has four threads for all of them. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 64;
const KEPT = 1024;

/**
 * The names that addresses go by, for log lines (`-l`). Off the packet path and bounded: while too much
 * is asked, or an answer takes too long, an address simply has no name.
 */
export class HostNames {
  readonly #answers = new Map<string, Promise<string | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `ADDRESS (HOST)`, or the address alone. */
  async describe(address: string): Promise<string> {
    const name = await (this.#answers.get(address) ?? this.#ask(address));
    return name === undefined ? address : `${address} (${printable(name)})`;
  }

  #ask(address: string): Promise<string | undefined> {
    if (this.#waiting.length >= MOST_WAITING) return Promise.resolve(undefined);
    const answer = Promise.race([this.#lookUp(address), patience()]);
    this.#answers.set(address, answer);
    if (this.#answers.size > KEPT) this.#answers.delete(this.#answers.keys().next().value!);
    return answer;
  }

  async #lookUp(address: string): Promise<string | undefined> {
    if (this.#running === MOST_AT_ONCE) {
      await new Promise<void>((turn) => this.#waiting.push(turn));
    }
    this.#running++;
    try {
      return (await lookupService(address, 0)).hostname;
    } catch {
      return undefined;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

function patience(): Promise<undefined> {
  return new Promise((over) => {
    setTimeout(() => over(undefined), PATIENCE_MS).unref();
  });
}
