import type { CompiledDoor } from '../compiled-door.ts';
import type { DecisionLog } from '../decision-log.ts';
import type { Codec } from './codec.ts';
import { PortQueues } from './port-queues.ts';

/** Values that are kept for each place: what a stranger sends under a client's name pushes none of its own out at once. */
export const CANDIDATES = 3;

/** Empty queues for what comes to a door's span. */
export function spanQueues(
  { door, window }: CompiledDoor,
  codec: Codec,
  log: DecisionLog,
): PortQueues {
  const parts = partsOf(codec);
  const cells = codec.kind === 'stream' ? parts + 1 : parts * CANDIDATES;
  const onGone = (filled: number): void => log.gone(filled, parts);
  return new PortQueues(door.encoded!.maxQueues, cells, window.ticks, onGone);
}

/**
 * What decides on the packets that come into a door's queues, and on how they lie there. Queues may pass
 * from a door to another with the same rules, whatever its key is: they are read by the codec of now.
 */
export function queueRules(compiled: CompiledDoor, codec: Codec): string {
  const { door, flagMask, flagValue, vlan, window } = compiled;
  const { kind, carrier, span, maxQueues } = door.encoded!;
  const values = codec.kind === 'stream' ? 0 : codec.layout.values;
  return JSON.stringify([
    [door.name, door.target, door.allowFrom, flagMask, flagValue, vlan],
    [kind, carrier, span, partsOf(codec), values, maxQueues, window.ticks],
  ]);
}

/** How many packets a message is. */
function partsOf(codec: Codec): number {
  return codec.kind === 'stream' ? codec.length : codec.layout.places;
}
