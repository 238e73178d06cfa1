import type { Door } from '../door/door.ts';
import { grantPrefix } from '../door/grant-prefix.ts';
import { maskAddress, sameAddress, type Address } from '../tuple/address.ts';
import type { Network } from '../tuple/network.ts';

/** As much of an address as the door's grants go by. */
export function grantedTo(door: Door, address: Address): Network {
  const prefix = grantPrefix(door, address.family);
  return { address: maskAddress(address, prefix), prefix };
}

export function isWithin({ address, prefix }: Network, one: Address): boolean {
  return one.family === address.family && sameAddress(maskAddress(one, prefix), address);
}
