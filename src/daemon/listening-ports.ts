import type { PortProtocol } from '../tuple/protocol.ts';
import { listeners } from './listeners.ts';

/** Ports that somebody on this host listens on: no tripwire may lie there. */
export interface ListeningPorts {
  readonly tcp: ReadonlySet<number>;
  readonly udp: ReadonlySet<number>;
}

/** Of both families; empty where the kernel does not say. */
export function listeningPorts(): ListeningPorts {
  const all = listeners();
  const portsOf = (wanted: PortProtocol): ReadonlySet<number> =>
    new Set(all.filter(({ protocol }) => protocol === wanted).map(({ port }) => port));
  return { tcp: portsOf('tcp'), udp: portsOf('udp') };
}
