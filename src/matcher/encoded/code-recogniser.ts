import type { Knock } from '../knock.ts';
import type { Code, CodeCodec } from './codec.ts';
import { NOTHING } from './port-queues.ts';
import type { Recogniser, RecogniserParts } from './recogniser.ts';
import { CANDIDATES } from './span-queues.ts';
import { SymbolQueues } from './symbol-queues.ts';

/** Looks for the codes of the moment among the ports that each source has knocked at. */
export class CodeRecogniser implements Recogniser {
  readonly #parts: RecogniserParts<CodeCodec>;
  readonly #queues: SymbolQueues;

  constructor(parts: RecogniserParts<CodeCodec>) {
    this.#parts = parts;
    this.#queues = new SymbolQueues(parts);
  }

  offer(knock: Knock, offset: number): void {
    const { codec, clock, log, door } = this.#parts;
    const queue = this.#queues.add(knock, offset);
    if (queue === NOTHING) return;
    const start = this.#queues.start(queue);
    for (const code of codec.codesAt(clock.seconds)) {
      if (!this.#has(code, start)) continue;
      log.open(door, knock, code.ticket);
      this.#queues.free(queue);
      return;
    }
  }

  sweepAll(): void {
    this.#queues.sweepAll();
  }

  #has({ values }: Code, start: number): boolean {
    const { cells } = this.#queues;
    for (let place = 0; place < values.length; place++) {
      const at = start + place * CANDIDATES;
      const cell = values[place]! + 1;
      if (cells[at] !== cell && cells[at + 1] !== cell && cells[at + 2] !== cell) return false;
    }
    return true;
  }
}
