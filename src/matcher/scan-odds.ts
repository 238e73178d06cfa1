import type { CompiledDoors } from './compile-doors.ts';
import type { CompiledDoor } from './compiled-door.ts';

/**
 * One in how many scans that try every port once, in random order, opens this door at most: its steps
 * must come in their order with no tripwire between them, nor any other door's port where those reset.
 * Of the m ports that matter, m!/(m - k + 1)! orders have the k steps so. Holds and windows make it
 * rarer still. Infinity where a port has to be hit twice.
 */
export function scanOdds({ doors }: CompiledDoors, door: CompiledDoor): number {
  const own = new Set(door.steps);
  if (own.size < door.steps.length) return Number.POSITIVE_INFINITY;
  const others = new Set(door.resets ? doors.flatMap(({ steps }) => steps) : []);
  const matter = new Set([...own, ...door.tripwires, ...others]).size;
  let odds = 1;
  for (let step = 0; step < own.size - 1; step++) odds *= matter - step;
  return own.size === 1 ? 1 : odds;
}
