import type { Door } from '../door/door.ts';
import { isPortStep } from '../door/step.ts';
import { formatAddress } from '../tuple/address.ts';
import { TCP_FLAG } from '../tuple/flags.ts';

const ORDER = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg'] as const;

/**
 * The filter that 0.8 sets for a door, as it prints it (`-D`). Ours is another program that lets the same
 * packets through; this is for who reads the lines. `addresses` are those of one family.
 */
export function pcapExpression(door: Door, family: 4 | 6, addresses: readonly string[]): string {
  // 0.8 builds the list from its end.
  const target = door.targetText ?? (door.target && formatAddress(door.target));
  const hosts = [...addresses].reverse().map((address) => `dst host ${target ?? address}`);
  const transports = [tcpText(door, family), udpText(door), echoText(door, family)].filter(
    (text) => text !== '',
  );
  return `((${hosts.join(' or ')}) and (${transports.join(' or ')}))`;
}

function tcpText(door: Door, family: 4 | 6): string {
  const ports = portsOf(door, 'tcp');
  if (ports === '') return '';
  const flags = family === 4 ? 'tcp[tcpflags]' : 'ip6[13+40]';
  const tests = ORDER.filter((name) => (door.flags.mask & TCP_FLAG[name]) !== 0).map((name) => {
    const isWanted = (door.flags.value & TCP_FLAG[name]) !== 0;
    const label = name === 'psh' ? 'push' : name;
    return ` and ${flags} & tcp-${label} ${isWanted ? '!=' : '=='} 0`;
  });
  return `((tcp dst port ${ports})${tests.join('')})`;
}

function udpText(door: Door): string {
  const ports = portsOf(door, 'udp');
  return ports === '' ? '' : `(udp dst port ${ports})`;
}

/** 0.8 has none of these. */
function echoText({ steps }: Door, family: 4 | 6): string {
  const protocol = family === 4 ? 'icmp' : 'icmp6';
  if (!steps.some((step) => step.protocol === protocol)) return '';
  return family === 4 ? '(icmp[icmptype] == icmp-echo)' : '(icmp6[icmp6type] == icmp6-echo)';
}

function portsOf({ steps }: Door, protocol: 'tcp' | 'udp'): string {
  return steps
    .filter(isPortStep)
    .filter((step) => step.protocol === protocol)
    .map(({ port }) => port)
    .join(' or ');
}
