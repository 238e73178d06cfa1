import { readFileSync } from 'node:fs';
import { atoi } from '../config/knockd-values.ts';
import type { PortProtocol } from '../tuple/protocol.ts';

/** The number of a port as getaddrinfo(3) reads it: digits of any size, or a name of /etc/services. */
export function servicePort(text: string, protocol: PortProtocol): number | undefined {
  if (text === '') return 0;
  if (/^[ \t]*[+-]?\d+$/.test(text)) return atoi(text).value & 0xffff;
  return namedPort(text, protocol);
}

/** Lines of services(5): `name port/protocol [aliases] [# comment]`. */
function namedPort(name: string, protocol: PortProtocol): number | undefined {
  let text: string;
  try {
    text = readFileSync('/etc/services', 'utf8');
  } catch {
    return undefined;
  }
  for (const line of text.split('\n')) {
    const [official, port, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const [number, by] = (port ?? '').split('/');
    if (by === protocol && [official, ...aliases].includes(name)) return Number(number);
  }
  return undefined;
}
