import type { OpenPorts } from '../door/door.ts';
import type { GuardedPorts } from '../firewall/nft/open-ports.ts';
import { portsText } from '../door/ports-text.ts';
import { formatAddress } from '../tuple/address.ts';
import { listeningPorts } from './listening-ports.ts';
import { tcpSessions } from './tcp-sessions.ts';

/** Peers that a line names; the others are counted. */
const MOST_NAMES = 3;

/** Who uses ports that are about to be guarded: a line for each protocol that somebody comes in by. */
export function whoComesIn(ports: readonly GuardedPorts[]): string[] {
  const left = ports.filter(({ isCut }) => !isCut);
  const cut = ports.filter(({ isCut }) => isCut);
  return [
    ...throughTcp(left, 'These sessions go on; whoever comes again has to knock'),
    ...throughTcp(cut, 'Whoever has no grant there is cut off: see first_start'),
    ...throughUdp(ports),
  ];
}

function throughTcp(ports: readonly OpenPorts[], whatNow: string): string[] {
  const sessions = tcpSessions(ports.filter(({ protocol }) => protocol === 'tcp').flatMap(each));
  const peers = [...new Set(sessions.map(({ peer }) => formatAddress(peer)))];
  if (peers.length === 0) return [];
  const more = peers.length > MOST_NAMES ? ` and ${peers.length - MOST_NAMES} more` : '';
  const used = [...new Set(sessions.map(({ port }) => port))].map(tcp);
  const names = peers.slice(0, MOST_NAMES).join(', ');
  return [`logged in through ${portsText(used)}: ${names}${more}. ${whatNow}`];
}

/** A guard knows no flows of UDP: what has no grant is cut off. */
function throughUdp(ports: readonly OpenPorts[]): string[] {
  const { udp } = listeningPorts();
  const used = ports.filter(
    (one) => one.protocol === 'udp' && each(one).some((port) => udp.has(port)),
  );
  if (used.length === 0) return [];
  return [`somebody listens on ${portsText(used)}: who uses it without a grant is cut off now`];
}

function each({ from, to }: OpenPorts): number[] {
  return Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
}

function tcp(port: number): OpenPorts {
  return { protocol: 'tcp', from: port, to: port };
}
