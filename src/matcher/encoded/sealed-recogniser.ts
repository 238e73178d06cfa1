import { sourceAt } from '../../tuple/batch-address.ts';
import type { Allocate } from '../attempt-table.ts';
import type { CompiledDoor } from '../compiled-door.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Knock } from '../knock.ts';
import type { PacketClock } from '../packet-clock.ts';
import type { Reading, SealedCodec } from './codec.ts';
import { SealedSearch } from './sealed-search.ts';
import { NOTHING_NEW, SymbolQueues } from './symbol-queues.ts';

/** Puts the symbols of sealed knocks together, several sources' side by side. */
export class SealedRecogniser {
  readonly #door: CompiledDoor;
  readonly #codec: SealedCodec;
  readonly #queues: SymbolQueues;
  readonly #search: SealedSearch;
  readonly #clock: PacketClock;
  readonly #log: DecisionLog;

  constructor(
    door: CompiledDoor,
    codec: SealedCodec,
    maxQueues: number,
    clock: PacketClock,
    log: DecisionLog,
    allocate?: Allocate,
  ) {
    const { places } = codec.layout;
    const onGone = (filled: number): void => log.gone(filled, places);
    this.#door = door;
    this.#codec = codec;
    this.#queues = new SymbolQueues(
      codec.layout,
      maxQueues,
      door.window.ticks,
      clock,
      onGone,
      allocate,
    );
    this.#search = new SealedSearch(codec);
    this.#clock = clock;
    this.#log = log;
  }

  /** A packet to a place of the span. */
  offer(knock: Knock, offset: number): void {
    const { layout, shares } = this.#codec;
    const place = Math.floor(offset / layout.values);
    const queue = this.#queues.add(knock, place, offset % layout.values);
    if (queue === NOTHING_NEW) return;
    const start = this.#queues.start(queue);
    for (let client = 0; client < shares.length; client++) {
      const accept = (): boolean => this.#accepts(client, knock);
      if (!this.#search.find(this.#queues.cells, start, client, place, accept)) continue;
      this.#queues.free(queue);
      return;
    }
  }

  sweepAll(): void {
    this.#queues.sweepAll();
  }

  /** What passed a check by chance, or was made for another address, leaves the queue as it is. */
  #accepts(client: number, knock: Knock): boolean {
    const reading = this.#read(client, knock);
    if (reading.kind === 'ticket') this.#log.open(this.#door, knock, reading.ticket);
    else this.#log.refuse(this.#door, knock, 0, reading.reason);
    return reading.kind === 'ticket' || reading.reason !== 'forged';
  }

  #read(client: number, { batch, row }: Knock): Reading {
    const source = sourceAt(batch, row);
    return this.#codec.unseal(client, this.#search.values, source, this.#clock.seconds);
  }
}
