import { sourceAt } from '../../tuple/batch-address.ts';
import type { Knock } from '../knock.ts';
import type { Reading, SealedCodec } from './codec.ts';
import { NOTHING } from './port-queues.ts';
import type { Recogniser, RecogniserParts } from './recogniser.ts';
import { SealedSearch } from './sealed-search.ts';
import { SymbolQueues } from './symbol-queues.ts';

/** Puts the symbols of sealed knocks together, several sources' side by side. */
export class SealedRecogniser implements Recogniser {
  readonly #parts: RecogniserParts<SealedCodec>;
  readonly #queues: SymbolQueues;
  readonly #search: SealedSearch;

  constructor(parts: RecogniserParts<SealedCodec>) {
    this.#parts = parts;
    this.#queues = new SymbolQueues(parts);
    this.#search = new SealedSearch(parts.codec, (client, knock) => this.#accepts(client, knock));
  }

  offer(knock: Knock, offset: number): void {
    const { layout, shares } = this.#parts.codec;
    const queue = this.#queues.add(knock, offset);
    if (queue === NOTHING) return;
    const start = this.#queues.start(queue);
    const place = Math.floor(offset / layout.values);
    for (let client = 0; client < shares.length; client++) {
      if (!this.#search.find(this.#queues.cells, start, client, place, knock)) continue;
      this.#queues.free(queue);
      return;
    }
  }

  sweepAll(): void {
    this.#queues.sweepAll();
  }

  /** What passed a check by chance, or was made for another address, leaves the queue as it is. */
  #accepts(client: number, knock: Knock): boolean {
    const { door, log } = this.#parts;
    const reading = this.#read(client, knock);
    if (reading.kind === 'ticket') log.open(door, knock, reading.ticket);
    else log.refuse(door, knock, 0, reading.reason);
    return reading.kind === 'ticket' || reading.reason !== 'forged';
  }

  #read(client: number, { batch, row }: Knock): Reading {
    const { codec, clock } = this.#parts;
    return codec.unseal(client, this.#search.values, sourceAt(batch, row), clock.seconds);
  }
}
