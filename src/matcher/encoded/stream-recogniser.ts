import { sourceAt } from '../../tuple/batch-address.ts';
import type { Knock } from '../knock.ts';
import type { StreamCodec } from './codec.ts';
import { NOTHING, type PortQueues, type Queue } from './port-queues.ts';
import type { Recogniser, RecogniserParts } from './recogniser.ts';

/**
 * Reads the last so many ports of each source anew at every packet, as the first system did: the length
 * of a message is known, so each packet is one try. A lost or doubled packet breaks the knock.
 */
export class StreamRecogniser implements Recogniser {
  readonly #parts: RecogniserParts<StreamCodec>;
  readonly #queues: PortQueues;
  readonly #offsets: Uint16Array;

  constructor(parts: RecogniserParts<StreamCodec>) {
    this.#parts = parts;
    this.#queues = parts.queues;
    this.#offsets = new Uint16Array(parts.codec.length);
  }

  offer(knock: Knock, offset: number): void {
    const { codec, clock } = this.#parts;
    const queue = this.#queues.take(knock.key0, knock.key1, clock.tick, offset);
    if (queue === NOTHING) return;
    if (this.#queues.pending !== NOTHING) this.#put(queue, this.#queues.pending);
    this.#put(queue, offset);
    if (this.#queues.filled(queue) === codec.length) this.#read(knock, queue);
  }

  sweepAll(): void {
    this.#queues.sweepAll(this.#parts.clock.tick);
  }

  /** The first cell of a queue says where in the others, a ring, the oldest offset lies. */
  #put(queue: Queue, offset: number): void {
    const { length } = this.#parts.codec;
    const { cells } = this.#queues;
    const start = this.#queues.start(queue);
    const at = cells[start]!;
    cells[start + 1 + at] = offset;
    cells[start] = (at + 1) % length;
    if (this.#queues.filled(queue) < length) this.#queues.grow(queue);
  }

  #read(knock: Knock, queue: Queue): void {
    const { length } = this.#parts.codec;
    const { cells } = this.#queues;
    const start = this.#queues.start(queue);
    const oldest = cells[start]!;
    for (let nth = 0; nth < length; nth++) {
      this.#offsets[nth] = cells[start + 1 + ((oldest + nth) % length)]!;
    }
    const reading = this.#parts.codec.read(this.#offsets, sourceAt(knock.batch, knock.row));
    if (reading === undefined) return;
    if (reading.kind === 'ticket') this.#parts.log.open(this.#parts.door, knock, reading.ticket);
    else this.#parts.log.refuse(this.#parts.door, knock, 0, reading.reason);
    this.#queues.free(queue);
  }
}
