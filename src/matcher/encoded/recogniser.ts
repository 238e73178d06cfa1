import type { CompiledDoor } from '../compiled-door.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Knock } from '../knock.ts';
import type { PacketClock } from '../packet-clock.ts';
import type { Codec } from './codec.ts';
import type { PortQueues } from './port-queues.ts';

/** Reads the packets to one door's span. */
export interface Recogniser {
  /** A packet to a place of the span. */
  offer(knock: Knock, offset: number): void;
  /** Lets go of all queues whose time is over. */
  sweepAll(): void;
}

/** What a recogniser is made of. */
export interface RecogniserParts<C extends Codec = Codec> {
  readonly door: CompiledDoor;
  readonly codec: C;
  /** What came before, perhaps to this door as it was before a reload. */
  readonly queues: PortQueues;
  readonly clock: PacketClock;
  readonly log: DecisionLog;
}
