import type { Door } from '../door/door.ts';
import type { Firewall } from '../firewall/firewall.ts';
import type { Clock } from './clock.ts';

/** Far enough from a lease's end that four of these may fail. */
const RENEW_EVERY_MS = 60_000;

/**
 * Moves the ends of grants that are open until somebody closes them. The kernel has an end for them all
 * the same, so that they shut when the daemon is gone for long; one that comes back in time goes on.
 */
export class HeldGrants {
  readonly #firewall: Firewall;
  readonly #clock: Clock;
  readonly #doors: () => readonly Door[];
  #timer: NodeJS.Timeout | undefined;

  constructor(firewall: Firewall, clock: Clock, doors: () => readonly Door[]) {
    this.#firewall = firewall;
    this.#clock = clock;
    this.#doors = doors;
  }

  start(): void {
    if (this.#clock.kind !== 'monotonic') return;
    this.#renew(this.#clock.nowMs());
    const { nowMs } = this.#clock;
    this.#timer = setInterval(() => this.#renew(nowMs()), RENEW_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** What can't be renewed now has its turn in a minute; its end is told as any other's. */
  #renew(nowMs: number): void {
    if (!this.#doors().some(({ holds }) => holds)) return;
    const held = this.#firewall.grants(nowMs).filter(({ door }) => door.holds);
    const openings = held.map(({ door, source, by }) => {
      return { door, source, by, openForMs: door.openForSeconds * 1000 };
    });
    if (openings.length > 0) this.#firewall.apply(openings, nowMs);
  }
}
