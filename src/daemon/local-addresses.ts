import { networkInterfaces } from 'node:os';
import { hasNative, native } from '../native.ts';
import { parseAddress, type Address } from '../tuple/address.ts';

interface InterfaceAddress {
  readonly name: string;
  readonly address: string;
}

/** The host's own addresses on these interfaces (all of them for `any`), link-local ones included. */
export function localAddresses(interfaces: readonly string[]): Address[] {
  return allAddresses()
    .filter(({ name }) => interfaces.includes('any') || interfaces.includes(name))
    .map(({ address }) => parseAddress(address.replace(/%.*$/, '')))
    .filter((address) => address !== undefined);
}

/** Those of interfaces that are down at the moment, too, where there is the addon to ask. */
function allAddresses(): InterfaceAddress[] {
  if (hasNative()) {
    const { interfaceAddresses } = native() as unknown as {
      interfaceAddresses: () => InterfaceAddress[];
    };
    return interfaceAddresses();
  }
  return Object.entries(networkInterfaces()).flatMap(([name, entries]) =>
    (entries ?? []).map(({ address }) => ({ name, address })),
  );
}
