import { networkInterfaces } from 'node:os';
import { parseAddress, type Address } from '../tuple/address.ts';

/** The host's own addresses on these interfaces (all of them for `any`), link-local ones included. */
export function localAddresses(interfaces: readonly string[]): Address[] {
  const isWanted = (name: string): boolean =>
    interfaces.includes('any') || interfaces.includes(name);
  return Object.entries(networkInterfaces())
    .filter(([name]) => isWanted(name))
    .flatMap(([, entries]) => entries ?? [])
    .map(({ address }) => parseAddress(address.replace(/%.*$/, '')))
    .filter((address) => address !== undefined);
}
