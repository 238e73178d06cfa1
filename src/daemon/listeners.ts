import { readFileSync } from 'node:fs';
import type { Address } from '../tuple/address.ts';
import type { PortProtocol } from '../tuple/protocol.ts';

/** A socket that waits for strangers at a port of this host. */
export interface Listener {
  readonly protocol: PortProtocol;
  readonly port: number;
  readonly address: Address;
}

const TCP_LISTEN = '0A'; // include/net/tcp_states.h
const UDP_UNCONNECTED = '07';

/** Read from /proc/net, IPv4 and IPv6; empty where that can't be read. */
export function listeners(): Listener[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) =>
    ['', '6'].flatMap((family) => listenersIn(read(`/proc/net/${protocol}${family}`), protocol)),
  );
}

/** Lines of proc(5): `sl local_address rem_address st ...`, the local one as hex `ADDRESS:PORT`. */
export function listenersIn(text: string, protocol: PortProtocol): Listener[] {
  const waiting = protocol === 'tcp' ? TCP_LISTEN : UDP_UNCONNECTED;
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === waiting)
    .map((fields) => {
      const [address = '', port = ''] = fields[1]!.split(':');
      return { protocol, port: Number.parseInt(port, 16), address: addressOf(address) };
    });
}

/** The kernel prints words of network order as numbers of this machine. */
function addressOf(hex: string): Address {
  const bytes = Buffer.from(hex, 'hex');
  const word = (at: number): number => {
    return LITTLE_ENDIAN ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  };
  if (bytes.length === 4) return { family: 4, words: [0, 0, 0xffff, word(0)] };
  return { family: 6, words: [word(0), word(4), word(8), word(12)] };
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
