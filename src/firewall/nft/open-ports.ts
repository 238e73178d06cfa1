import type { Door, OpenPorts } from '../../door/door.ts';
import { samePorts } from '../../door/ports.ts';
import type { Address } from '../../tuple/address.ts';

export function isSingle({ from, to }: OpenPorts): boolean {
  return from === to;
}

export function overlap(a: OpenPorts, b: OpenPorts): boolean {
  return a.protocol === b.protocol && a.from <= b.to && b.from <= a.to;
}

/** A range as names of sets and chains say it. */
export function rangeName({ protocol, from, to }: OpenPorts): string {
  return from === to ? `${protocol}_${from}` : `${protocol}_${from}_${to}`;
}

/** The same ports named twice count once. */
export function withoutRepeats(open: readonly OpenPorts[]): OpenPorts[] {
  return open.filter((ports, at) => open.findIndex((other) => samePorts(other, ports)) === at);
}

/** `tcp/22`, `udp/60000-61000` */
export function portsName({ protocol, from, to }: OpenPorts): string {
  return `${protocol}/${from === to ? from : `${from}-${to}`}`;
}

/** Ports of this host, or of the machine behind it that has the address. */
export interface PlacedPorts extends OpenPorts {
  readonly address?: Address;
}

/** Ports that are shut for who has no grant. */
export interface GuardedPorts extends OpenPorts {
  /** TCP sessions end with their grant. Packets of UDP need one each anyway. */
  readonly isCut: boolean;
}

/** Where the packets to guarded ports go, and the set that names the ports where these are many. */
export const GUARDS = [
  { protocol: 'tcp', isCut: false, chain: 'tcp_door', set: 'guarded_tcp' },
  { protocol: 'tcp', isCut: true, chain: 'door', set: 'guarded_tcp_cut' },
  { protocol: 'udp', isCut: false, chain: 'udp_door', set: 'guarded_udp' },
] as const;

/** What doors guard. */
export function guardedBy(doors: readonly Door[]): GuardedPorts[] {
  const guarding = doors.filter(({ guard }) => guard);
  const cut = guarding.filter(({ onExpire }) => onExpire === 'cut').flatMap(({ open }) => open);
  return withoutRepeats(guarding.flatMap(({ open }) => open)).map((ports) => ({
    ...ports,
    isCut: ports.protocol === 'tcp' && cut.some((each) => overlap(each, ports)),
  }));
}

/** Whether all of these ports are among those. */
export function isCovered({ protocol, from, to }: OpenPorts, by: readonly OpenPorts[]): boolean {
  let next = from;
  const rising = by.filter((ports) => ports.protocol === protocol).sort((a, b) => a.from - b.from);
  for (const ports of rising) if (ports.from <= next && ports.to >= next) next = ports.to + 1;
  return next > to;
}

/** Single ports among guarded ones, rising, without those that a guarded range covers. */
export function guardedSingles(
  guarded: readonly GuardedPorts[],
  { protocol, isCut }: Pick<GuardedPorts, 'protocol' | 'isCut'>,
): number[] {
  const ranges = ofProtocol(guarded, protocol).filter((ports) => !isSingle(ports));
  const singles = ofProtocol(guarded, protocol)
    .filter((ports) => isSingle(ports) && ports.isCut === isCut)
    .filter((port) => !ranges.some((range) => overlap(range, port)));
  return [...new Set(singles.map(({ from }) => from))].sort((a, b) => a - b);
}

/** Guarded ranges, rising, those that overlap joined into one. */
export function guardedSpans(
  guarded: readonly GuardedPorts[],
  protocol: OpenPorts['protocol'],
): GuardedPorts[] {
  const spans: GuardedPorts[] = [];
  const ranges = ofProtocol(guarded, protocol).filter((ports) => !isSingle(ports));
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const before = spans.at(-1);
    if (before === undefined || range.from > before.to) spans.push(range);
    else {
      const isCut = before.isCut || range.isCut;
      spans[spans.length - 1] = { ...before, to: Math.max(before.to, range.to), isCut };
    }
  }
  return spans;
}

function ofProtocol(
  some: readonly GuardedPorts[],
  protocol: OpenPorts['protocol'],
): readonly GuardedPorts[] {
  return some.filter((ports) => ports.protocol === protocol);
}
