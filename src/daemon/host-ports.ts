import { readFileSync } from 'node:fs';
import { UNKNOWN_PORTS, type HostPorts } from '../config/port-advice.ts';
import { listeningPorts } from './listening-ports.ts';

/** The ports that this host's own traffic uses, as far as /proc tells. */
export function hostPorts(): HostPorts {
  return { listening: listeningPorts(), ephemeral: ephemeralPorts() };
}

function ephemeralPorts(): readonly [number, number] {
  try {
    const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    const [first = Number.NaN, last = Number.NaN] = text.trim().split(/\s+/).map(Number);
    return first <= last ? [first, last] : UNKNOWN_PORTS.ephemeral;
  } catch {
    return UNKNOWN_PORTS.ephemeral;
  }
}
