import type { PortRange } from './encoded.ts';

/** How many ports a span has. */
export function spanSize(span: readonly PortRange[]): number {
  return span.reduce((size, { from, to }) => size + to - from + 1, 0);
}

/** The port at a place of a span, counted from 0 through its ranges in their order. */
export function portAt(span: readonly PortRange[], offset: number): number {
  let left = offset;
  for (const { from, to } of span) {
    if (left <= to - from) return from + left;
    left -= to - from + 1;
  }
  throw new RangeError(`a span of ${spanSize(span)} ports has none at ${offset}`);
}

/** Where in a span a port lies; -1: nowhere. */
export function offsetIn(span: readonly PortRange[], port: number): number {
  let before = 0;
  for (const { from, to } of span) {
    if (port >= from && port <= to) return before + port - from;
    before += to - from + 1;
  }
  return -1;
}
