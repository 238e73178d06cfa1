import type { OpenPorts } from '../../door/door.ts';
import { PROTOCOL, type PortProtocol } from '../../tuple/protocol.ts';
import type { Service } from './table.ts';

export function servicesOf({ protocol, from, to }: OpenPorts): Service[] {
  return Array.from({ length: to - from + 1 }, (_, nth) => {
    return { protocol: PROTOCOL[protocol], port: from + nth };
  });
}

/** Services as ports and ranges, rising. */
export function portsOf(services: readonly Service[]): OpenPorts[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const ours = services.filter((service) => service.protocol === PROTOCOL[protocol]);
    return rangesOf(
      protocol,
      ours.map(({ port }) => port).sort((one, other) => one - other),
    );
  });
}

function rangesOf(protocol: PortProtocol, ports: readonly number[]): OpenPorts[] {
  const ranges: { protocol: PortProtocol; from: number; to: number }[] = [];
  for (const port of ports) {
    const last = ranges.at(-1);
    if (last !== undefined && port <= last.to + 1) last.to = port;
    else ranges.push({ protocol, from: port, to: port });
  }
  return ranges;
}
