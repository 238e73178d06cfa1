import { maskAddress, parseAddress, sameAddress, type Address } from './address.ts';

/** A network, as in `trusted = 192.0.2.0/24`. */
export interface Network {
  readonly address: Address;
  /** Counts from 0 to 128 (IPv6) or 32 (IPv4). */
  readonly prefix: number;
}

/** What is wrong with a text that should be a network. */
export interface NetworkFault {
  readonly fault: string;
  readonly kind: 'form' | 'prefix' | 'bits';
}

/** `192.0.2.0/24` or `2001:db8::/32`; a lone address is a network of one. */
export function parseNetwork(text: string): Network | NetworkFault {
  const [, host, length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = host === undefined ? undefined : parseAddress(host);
  if (address === undefined) return { fault: `"${text}" is not a network`, kind: 'form' };
  const longest = longestPrefix(address.family);
  const prefix = length === undefined ? longest : Number(length);
  if (prefix > longest) return { fault: `/${prefix} is longer than /${longest}`, kind: 'prefix' };
  if (sameAddress(maskAddress(address, prefix), address)) return { address, prefix };
  return { fault: `${host} has bits set behind its prefix of ${prefix}`, kind: 'bits' };
}

/** Length of the prefix of one address. */
export function longestPrefix(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128;
}
