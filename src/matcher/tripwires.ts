import type { Door } from '../door/door.ts';
import { isPortStep } from '../door/step.ts';
import { portKey, type PortKey } from './compiled-door.ts';
import { seededRandom } from './seeded-random.ts';

const DECOYS = 16;
const HIGHEST_PORT = 65_535;
const NONE = -1;

/** Ports that are in use on this host, so that no tripwire is laid where clients go. */
export interface PortsInUse {
  readonly tcp?: Iterable<number>;
  readonly udp?: Iterable<number>;
}

/**
 * The ports that give a scanner away at each door: next to every step the nearest free port below and
 * above, and decoys at random places where there is a seed. Free is a port that no door lists, no
 * `open` names and nobody listens on. A door of one step opens at its only packet: nothing to guard.
 */
export function layTripwires(
  doors: readonly Door[],
  seed: string | undefined,
  inUse: PortsInUse,
): PortKey[][] {
  const taken = takenPorts(doors, inUse);
  const free = [nearestFree(taken, -1), nearestFree(taken, 1)];
  return doors.map((door) => {
    if (door.steps.length < 2 || door.tripwireHoldSeconds <= 0 || door.shutBecause) return [];
    const wires = new Set<PortKey>();
    for (const { protocol, port } of door.steps.filter(isPortStep)) {
      for (const nearest of free) {
        const key = nearest[portKey(protocol, port)]!;
        if (key !== NONE) wires.add(key);
      }
    }
    if (seed !== undefined) addDecoys(wires, taken, door, seed);
    return [...wires].sort((a, b) => a - b);
  });
}

function takenPorts(doors: readonly Door[], inUse: PortsInUse): Uint8Array {
  const taken = new Uint8Array(2 * (HIGHEST_PORT + 1));
  for (const { steps, open } of doors) {
    for (const { protocol, port } of steps.filter(isPortStep)) taken[portKey(protocol, port)] = 1;
    for (const { protocol, from, to } of open) {
      taken.fill(1, portKey(protocol, from), portKey(protocol, to) + 1);
    }
  }
  for (const port of inUse.tcp ?? []) taken[portKey('tcp', port)] = 1;
  for (const port of inUse.udp ?? []) taken[portKey('udp', port)] = 1;
  return taken;
}

/** By port key the nearest free one in a direction, or NONE. One sweep: doors may take whole ranges. */
function nearestFree(taken: Uint8Array, towards: 1 | -1): Int32Array {
  const nearest = new Int32Array(taken.length);
  for (const protocol of ['tcp', 'udp'] as const) {
    const first = portKey(protocol, 0);
    let free = NONE;
    for (let nth = 0; nth <= HIGHEST_PORT; nth++) {
      const port = towards === 1 ? HIGHEST_PORT - nth : nth;
      nearest[first + port] = free;
      if (port > 0 && taken[first + port] === 0) free = first + port;
    }
  }
  return nearest;
}

/** Each decoy speaks the protocol of one of the door's ports, so a scan of either kind meets some. */
function addDecoys(wires: Set<PortKey>, taken: Uint8Array, door: Door, seed: string): void {
  const ports = door.steps.filter(isPortStep);
  if (ports.length === 0) return;
  const random = seededRandom(`${seed}\n${door.name}`);
  const wanted = wires.size + DECOYS;
  // A host with hardly a free port gets fewer decoys rather than an endless search.
  for (let tries = 0; tries < 64 * DECOYS && wires.size < wanted; tries++) {
    const { protocol } = ports[random(ports.length)]!;
    const key = portKey(protocol, 1 + random(HIGHEST_PORT));
    if (taken[key] === 0) wires.add(key);
  }
}
