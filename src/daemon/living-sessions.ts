import { durationText } from '../config/values.ts';
import type { Door, OpenPorts } from '../door/door.ts';
import { monotonicMs } from '../firewall/clock.ts';
import type { Firewall, Grant, Opening } from '../firewall/firewall.ts';
import { FIRST_START } from '../firewall/giver.ts';
import { portsText } from '../door/ports-text.ts';
import { formatAddress, type Address } from '../tuple/address.ts';
import { tcpSessions, type TcpSession } from './tcp-sessions.ts';

/** What was done about living sessions. */
export interface Settled {
  /** For people. */
  readonly lines: readonly string[];
  readonly seeded: readonly Grant[];
}

/**
 * Who is connected to ports whose sessions are cut from now on has no grant there: he gets one, as if he
 * had knocked, or his sessions end. A line for each door says which. Who is to be asked lets him in for now.
 */
export function settleSessions(
  firewall: Pick<Firewall, 'apply'>,
  doors: readonly Door[],
  newlyCut: readonly OpenPorts[],
  firstStart: 'ask' | 'seed' | 'cut',
): Settled {
  if (newlyCut.length === 0) return { lines: [], seeded: [] };
  const sessions = tcpSessions(newlyCut.flatMap(allPorts)).filter(({ peer }) => !isLoopback(peer));
  const seeded: Grant[] = [];
  const lines = doors.flatMap((door) => {
    const openings = openingsFor(door, sessions);
    if (openings.length === 0) return [];
    const who = openings.map(({ source }) => formatAddress(source)).join(', ');
    if (firstStart === 'cut') {
      return [`door ${door.name} cuts living sessions at ${portsText(door.open)} of ${who}`];
    }
    const outcomes = firewall.apply(openings, monotonicMs());
    const opened = outcomes.flatMap((each) => (each.kind === 'opened' ? [each.grant] : []));
    seeded.push(...opened);
    const lost = outcomes.length - opened.length;
    const rest = lost === 0 ? '' : `; no room for ${lost} of them`;
    const time = durationText(door.openForSeconds);
    return [`door ${door.name} is open for ${time} to who is connected already: ${who}${rest}`];
  });
  return { lines, seeded };
}

function openingsFor(door: Door, sessions: readonly TcpSession[]): Opening[] {
  if (door.onExpire !== 'cut' || !door.guard) return [];
  const peers = new Map<string, Address>();
  for (const { port, peer } of sessions) {
    const isHere = door.open.some(
      ({ protocol, from, to }) => protocol === 'tcp' && from <= port && port <= to,
    );
    if (isHere) peers.set(formatAddress(peer), peer);
  }
  const openForMs = door.openForSeconds * 1000;
  return [...peers.values()].map((source) => ({ door, source, openForMs, by: FIRST_START }));
}

function allPorts({ from, to }: OpenPorts): number[] {
  return Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
}

/** The guard lets pass what comes from the host itself. */
function isLoopback({ family, words }: Address): boolean {
  if (family === 4) return words[3] >>> 24 === 127;
  return words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 1;
}
