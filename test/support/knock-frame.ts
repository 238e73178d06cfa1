import type { Knock } from '../contract/source.contract.ts';
import { frame } from './frame.ts';

/** The frame of a knock, to the host that all of them are for. */
export function knockFrame({ from, port, flags }: Knock): Uint8Array {
  const ends = { from, to: targetFor(from) };
  return flags === undefined
    ? frame({ ...ends, udp: { to: port } })
    : frame({ ...ends, tcp: { to: port, flags } });
}

export function targetFor(from: string): string {
  return from.includes(':') ? '2001:db8::1' : '192.0.2.1';
}
