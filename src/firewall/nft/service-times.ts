import { ACTION, allocateRows, type ElementRows } from './element-rows.ts';
import type { KernelLink } from './kernel-link.ts';
import { MIN_OPEN_MS } from './options.ts';
import type { Service, Table } from './table.ts';

interface Time extends Service {
  readonly untilMs: number;
}

/**
 * A set of services and times that belongs to the administrator. All we do is to keep it over a table that
 * is made again.
 */
export class ServiceTimes {
  readonly #link: KernelLink;
  readonly #name: string;
  #times: readonly Time[] = [];

  constructor(link: KernelLink, name: string) {
    this.#link = link;
    this.#name = name;
  }

  /** Looks what stands in it now; where the set itself is gone, what was there when it was seen last counts. */
  read(nowMs: number): void {
    const found = this.#link.readSetCalled(this.#name);
    if (found === undefined) return;
    const { capacity, protocol, port, timeoutMs } = found.rows;
    this.#times = Array.from({ length: capacity }, (_, row) => ({
      protocol: protocol[row]!,
      port: port[row]!,
      untilMs: nowMs + timeoutMs[row]!,
    }));
  }

  add(services: readonly Service[], untilMs: number): void {
    this.#times = [...this.#times, ...services.map((service) => ({ ...service, untilMs }))];
  }

  /** Rows for what still has time. */
  rows({ sets }: Table, nowMs: number): ElementRows {
    const hasSet = sets.some(({ name }) => name === this.#name);
    const left = this.#times.filter(({ untilMs }) => hasSet && untilMs - nowMs >= MIN_OPEN_MS);
    const rows = allocateRows(left.length);
    for (const [row, { protocol, port, untilMs }] of left.entries()) {
      rows.set[row] = this.#link.setCalled(this.#name);
      rows.protocol[row] = protocol;
      rows.port[row] = port;
      rows.timeoutMs[row] = untilMs - nowMs;
      rows.action[row] = ACTION.plain;
    }
    return rows;
  }
}
