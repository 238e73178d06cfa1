import type { Address } from './address.ts';

/** A network, as in `trusted = 192.0.2.0/24`. */
export interface Network {
  readonly address: Address;
  /** Counts from 0 to 128 (IPv6) or 32 (IPv4). */
  readonly prefix: number;
}
