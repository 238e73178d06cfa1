import type { Allocate } from '../attempt-table.ts';
import type { CompiledDoor } from '../compiled-door.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Knock } from '../knock.ts';
import type { PacketClock } from '../packet-clock.ts';
import type { Code, CodeCodec } from './codec.ts';
import { CANDIDATES, NOTHING_NEW, SymbolQueues } from './symbol-queues.ts';

/** Looks for the codes of the moment among the ports that each source has knocked at. */
export class CodeRecogniser {
  readonly #door: CompiledDoor;
  readonly #codec: CodeCodec;
  readonly #queues: SymbolQueues;
  readonly #clock: PacketClock;
  readonly #log: DecisionLog;

  constructor(
    door: CompiledDoor,
    codec: CodeCodec,
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
    this.#clock = clock;
    this.#log = log;
  }

  offer(knock: Knock, offset: number): void {
    const { values } = this.#codec.layout;
    const queue = this.#queues.add(knock, Math.floor(offset / values), offset % values);
    if (queue === NOTHING_NEW) return;
    const start = this.#queues.start(queue);
    for (const code of this.#codec.codesAt(this.#clock.seconds)) {
      if (!this.#has(code, start)) continue;
      this.#log.open(this.#door, knock, code.ticket);
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
