import type { Door, OpenPorts } from '../../door/door.ts';

export function isSingle({ from, to }: OpenPorts): boolean {
  return from === to;
}

export function samePorts(a: OpenPorts, b: OpenPorts): boolean {
  return a.protocol === b.protocol && a.from === b.from && a.to === b.to;
}

export function overlap(a: OpenPorts, b: OpenPorts): boolean {
  return a.protocol === b.protocol && a.from <= b.to && b.from <= a.to;
}

/** A range as names of sets and chains say it. */
export function rangeName({ protocol, from, to }: OpenPorts): string {
  return `${protocol}_${from}_${to}`;
}

/** The same ports named twice count once. */
export function withoutRepeats(open: readonly OpenPorts[]): OpenPorts[] {
  return open.filter((ports, at) => open.findIndex((other) => samePorts(other, ports)) === at);
}

/** `tcp/22`, `udp/60000-61000` */
export function portsName({ protocol, from, to }: OpenPorts): string {
  return `${protocol}/${from === to ? from : `${from}-${to}`}`;
}

/** What doors guard. */
export function guardedBy(doors: readonly Door[]): OpenPorts[] {
  return withoutRepeats(doors.filter(({ guard }) => guard).flatMap(({ open }) => open));
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
  guarded: readonly OpenPorts[],
  protocol: OpenPorts['protocol'],
): number[] {
  const ranges = ofProtocol(guarded, protocol).filter((ports) => !isSingle(ports));
  const singles = ofProtocol(guarded, protocol)
    .filter(isSingle)
    .filter((port) => !ranges.some((range) => overlap(range, port)));
  return [...new Set(singles.map(({ from }) => from))].sort((a, b) => a - b);
}

/** Guarded ranges, rising, those that overlap joined into one. */
export function guardedSpans(
  guarded: readonly OpenPorts[],
  protocol: OpenPorts['protocol'],
): OpenPorts[] {
  const spans: OpenPorts[] = [];
  const ranges = ofProtocol(guarded, protocol).filter((ports) => !isSingle(ports));
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const before = spans.at(-1);
    if (before === undefined || range.from > before.to) spans.push(range);
    else spans[spans.length - 1] = { ...before, to: Math.max(before.to, range.to) };
  }
  return spans;
}

function ofProtocol(
  some: readonly OpenPorts[],
  protocol: OpenPorts['protocol'],
): readonly OpenPorts[] {
  return some.filter((ports) => ports.protocol === protocol);
}
