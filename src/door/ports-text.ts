import { formatAddress } from '../tuple/address.ts';
import type { Forward, OpenPorts } from './door.ts';

/** `tcp/22, udp/60000-61000`: the form of `open`. */
export function portsText(ports: readonly OpenPorts[]): string {
  return ports.map(onePortsText).join(', ');
}

/** `tcp/22`, `udp/60000-61000`, `tcp/2222 -> [fd00::5]:22` */
export function onePortsText({ protocol, from, to, forward }: OpenPorts): string {
  const ports = `${protocol}/${from === to ? from : `${from}-${to}`}`;
  return forward === undefined ? ports : `${ports} -> ${forwardText(forward)}`;
}

function forwardText({ address, port }: Forward): string {
  const text = formatAddress(address);
  return `${address.family === 6 ? `[${text}]` : text}:${port}`;
}
