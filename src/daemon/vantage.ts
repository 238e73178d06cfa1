import type { Options } from '../config/configuration.ts';
import { hearsElsewhere } from '../config/packet-source.ts';
import type { Address } from '../tuple/address.ts';
import { localAddresses } from './local-addresses.ts';

/** Which packets the daemon looks at, apart from what doors ask for. */
export interface Vantage {
  /** The destinations that are the host's own. */
  readonly addresses: readonly Address[];
  /** No filter at all, so that any packet to a door's target breaks its knock. */
  readonly isUnfiltered: boolean;
}

/**
 * By default all addresses of the interfaces. 0.8 knows none on `any`, and where it knows none it sets
 * no filter; with `-4` it knows those of IPv4 alone.
 */
export function vantageOf(
  { compat, sources }: Options,
  interfaces: readonly string[],
  onlyIpv4: boolean,
): Vantage {
  const isBlind = compat === 'knockd' && interfaces.includes('any');
  // Logs tell of packets on whatever interface.
  const heardOn = hearsElsewhere(sources) ? ['any'] : interfaces;
  const all = isBlind ? [] : localAddresses(heardOn);
  const addresses = onlyIpv4 ? all.filter(({ family }) => family === 4) : all;
  return { addresses, isUnfiltered: compat === 'knockd' && addresses.length === 0 };
}
