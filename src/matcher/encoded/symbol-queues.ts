import type { SymbolLayout } from '../../door/symbols.ts';
import type { Knock } from '../knock.ts';
import type { PacketClock } from '../packet-clock.ts';
import type { CodeCodec, SealedCodec } from './codec.ts';
import { NOTHING, type PortQueues, type Queue } from './port-queues.ts';
import type { RecogniserParts } from './recogniser.ts';
import { CANDIDATES } from './span-queues.ts';

type SymbolCodec = SealedCodec | CodeCodec;

/**
 * Queues of symbols: for each place of a message the last different values that came, the newest first.
 * A cell holds a value + 1.
 */
export class SymbolQueues {
  readonly cells: Uint16Array;
  readonly #layout: SymbolLayout;
  readonly #queues: PortQueues;
  readonly #clock: PacketClock;

  constructor({ codec, queues, clock }: RecogniserParts<SymbolCodec>) {
    this.#queues = queues;
    this.cells = queues.cells;
    this.#layout = codec.layout;
    this.#clock = clock;
  }

  /** Notes the symbol at an offset of the span; the queue if it holds values for all places now and this one was news. */
  add({ key0, key1 }: Knock, offset: number): Queue | typeof NOTHING {
    const queue = this.#queues.take(key0, key1, this.#clock.tick, offset);
    if (queue === NOTHING) return NOTHING;
    if (this.#queues.pending !== NOTHING) this.#put(queue, this.#queues.pending);
    if (!this.#put(queue, offset)) return NOTHING;
    return this.#queues.filled(queue) === this.#layout.places ? queue : NOTHING;
  }

  /** Whether it is news: a doubled packet is none. */
  #put(queue: Queue, offset: number): boolean {
    const { cells } = this;
    const { values } = this.#layout;
    const at = this.#queues.start(queue) + Math.floor(offset / values) * CANDIDATES;
    const cell = (offset % values) + 1;
    if (cells[at] === cell) return false;
    if (cells[at] === 0) this.#queues.grow(queue);
    if (cells[at + 1] !== cell) cells[at + 2] = cells[at + 1]!;
    cells[at + 1] = cells[at]!;
    cells[at] = cell;
    return true;
  }

  start(queue: Queue): number {
    return this.#queues.start(queue);
  }

  free(queue: Queue): void {
    this.#queues.free(queue);
  }

  sweepAll(): void {
    this.#queues.sweepAll(this.#clock.tick);
  }
}
