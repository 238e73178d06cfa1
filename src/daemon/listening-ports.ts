import { readFileSync } from 'node:fs';

/** Ports that somebody on this host listens on: no tripwire may lie there. */
export interface ListeningPorts {
  readonly tcp: ReadonlySet<number>;
  readonly udp: ReadonlySet<number>;
}

const TCP_LISTEN = '0A'; // include/net/tcp_states.h
const UDP_UNCONNECTED = '07';

/** Read from /proc/net, IPv4 and IPv6; empty where that can't be read. */
export function listeningPorts(): ListeningPorts {
  return {
    tcp: new Set([
      ...portsIn('/proc/net/tcp', TCP_LISTEN),
      ...portsIn('/proc/net/tcp6', TCP_LISTEN),
    ]),
    udp: new Set([
      ...portsIn('/proc/net/udp', UDP_UNCONNECTED),
      ...portsIn('/proc/net/udp6', UDP_UNCONNECTED),
    ]),
  };
}

/** Lines of proc(5): `sl local_address rem_address st ...`, the local one as hex `ADDRESS:PORT`. */
function portsIn(path: string, state: string): number[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === state)
    .map((fields) => Number.parseInt(fields[1]!.slice(fields[1]!.lastIndexOf(':') + 1), 16));
}
