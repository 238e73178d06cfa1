import { parseAddress } from '../../src/tuple/address.ts';
import type { Network } from '../../src/tuple/network.ts';

/** `203.0.113.0/24`, or an address for itself alone. */
export function networkOf(text: string): Network {
  const [name, length] = text.split('/');
  const address = parseAddress(name!)!;
  return { address, prefix: Number(length ?? (address.family === 4 ? 32 : 128)) };
}
