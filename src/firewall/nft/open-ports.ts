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

/** Single ports of guarded doors, rising, without those that a guarded range covers. */
export function guardedSingles(doors: readonly Door[], protocol: OpenPorts['protocol']): number[] {
  const ranges = guardedPorts(doors, protocol).filter((ports) => !isSingle(ports));
  const singles = guardedPorts(doors, protocol)
    .filter(isSingle)
    .filter((port) => !ranges.some((range) => overlap(range, port)));
  return [...new Set(singles.map(({ from }) => from))].sort((a, b) => a - b);
}

/** Guarded ranges, rising, those that overlap joined into one. */
export function guardedSpans(doors: readonly Door[], protocol: OpenPorts['protocol']): OpenPorts[] {
  const spans: OpenPorts[] = [];
  const ranges = guardedPorts(doors, protocol).filter((ports) => !isSingle(ports));
  for (const range of ranges.sort((a, b) => a.from - b.from)) {
    const before = spans.at(-1);
    if (before === undefined || range.from > before.to) spans.push(range);
    else spans[spans.length - 1] = { ...before, to: Math.max(before.to, range.to) };
  }
  return spans;
}

function guardedPorts(doors: readonly Door[], protocol: OpenPorts['protocol']): OpenPorts[] {
  const open = doors.filter(({ guard }) => guard).flatMap((door) => door.open);
  return open.filter((ports) => ports.protocol === protocol);
}
