import { sameAddress } from '../tuple/address.ts';
import type { Door, Forward, OpenPorts } from './door.ts';

export function samePorts(a: OpenPorts, b: OpenPorts): boolean {
  const isSameRange = a.protocol === b.protocol && a.from === b.from && a.to === b.to;
  return isSameRange && sameForward(a.forward, b.forward);
}

/** What a door opens for sources of one family: what goes on to another machine keeps its family. */
export function portsFor({ open }: Door, family: 4 | 6): readonly OpenPorts[] {
  if (open.every(({ forward }) => forward === undefined)) return open;
  return open.filter(({ forward }) => forward === undefined || forward.address.family === family);
}

function sameForward(a: Forward | undefined, b: Forward | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.port === b.port && sameAddress(a.address, b.address);
}
