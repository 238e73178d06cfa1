import { native } from '../native.ts';
import { parseAddress, type Address } from '../tuple/address.ts';

/** An established TCP connection to a port of this host. */
export interface TcpSession {
  readonly port: number;
  readonly peer: Address;
}

/** Who is connected to these local ports right now (sock_diag); empty where the kernel does not say. */
export function tcpSessions(ports: readonly number[]): readonly TcpSession[] {
  const addon = native() as unknown as SessionsAddon;
  try {
    return addon.tcpSessions(Uint16Array.from(ports)).map(({ port, address }) => {
      return { port, peer: parseAddress(address)! };
    });
  } catch {
    return [];
  }
}

interface SessionsAddon {
  tcpSessions(ports: Uint16Array): { readonly port: number; readonly address: string }[];
}
