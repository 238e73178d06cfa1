import type { Door } from '../door/door.ts';
import type { Opening } from '../firewall/firewall.ts';
import type { Address } from '../tuple/address.ts';
import type { Clock } from './clock.ts';

/** In a replay nobody renews a grant that is held: it has an end that no capture reaches. */
const HELD_IN_REPLAY_MS = 1e15;

/** What opens a door for a source; `seconds` undefined: for as long as the door says. */
export function openingFor(
  door: Door,
  source: Address,
  seconds: number | undefined,
  { kind }: Clock,
): Opening {
  if (door.holds === true && kind === 'packets') {
    return { door, source, openForMs: HELD_IN_REPLAY_MS };
  }
  return { door, source, openForMs: (seconds ?? door.openForSeconds) * 1000 };
}
