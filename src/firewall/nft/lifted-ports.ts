import { ACTION, allocateRows, type ElementRows } from './element-rows.ts';
import type { Layout } from './draw-table.ts';
import type { KernelLink } from './kernel-link.ts';
import { MIN_OPEN_MS } from './options.ts';

interface Lift {
  readonly protocol: number;
  readonly port: number;
  readonly untilMs: number;
}

/**
 * The guards that somebody has lifted for a time. The set is his; all we do is to keep it over a table
 * that is made again.
 */
export class LiftedPorts {
  readonly #link: KernelLink;
  #lifts: readonly Lift[] = [];

  constructor(link: KernelLink) {
    this.#link = link;
  }

  /** Looks what is lifted now; where the set itself is gone, what was lifted when it was seen last counts. */
  read({ grantSets }: Layout, nowMs: number): void {
    const found = this.#link.readSet(grantSets.length);
    if (found === undefined) return;
    const { capacity, protocol, port, timeoutMs } = found.rows;
    this.#lifts = Array.from({ length: capacity }, (_, row) => ({
      protocol: protocol[row]!,
      port: port[row]!,
      untilMs: nowMs + timeoutMs[row]!,
    }));
  }

  /** Rows for what is still lifted. */
  rows({ grantSets, table }: Layout, nowMs: number): ElementRows {
    const hasSet = table.sets.some(({ kind }) => kind === 'lifted');
    const left = this.#lifts.filter(({ untilMs }) => hasSet && untilMs - nowMs >= MIN_OPEN_MS);
    const rows = allocateRows(left.length);
    for (const [row, { protocol, port, untilMs }] of left.entries()) {
      rows.set[row] = grantSets.length;
      rows.protocol[row] = protocol;
      rows.port[row] = port;
      rows.timeoutMs[row] = untilMs - nowMs;
      rows.action[row] = ACTION.plain;
    }
    return rows;
  }
}
