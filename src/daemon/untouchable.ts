import { readFileSync } from 'node:fs';
import type { Untouchable } from '../config/prefix-list.ts';
import { formatAddress, type Address } from '../tuple/address.ts';
import { longestPrefix } from '../tuple/network.ts';
import { localAddresses } from './local-addresses.ts';

/**
 * What no block may cover: this host's own addresses, apart from loopback ones, which no rule of ours
 * stops; with a warning alone, the way out of here.
 */
export function untouchable(): Untouchable[] {
  const own = localAddresses(['any'])
    .filter((address) => !isLoopback(address))
    .map((address) =>
      single(address, `${formatAddress(address)}, an address of this host`, 'error'),
    );
  const gateways = defaultGateways().map((address) =>
    single(address, `${formatAddress(address)}, the default gateway`, 'warning'),
  );
  return [...own, ...gateways];
}

function isLoopback({ family, words }: Address): boolean {
  return family === 4
    ? words[3] >>> 24 === 127
    : !words.some((word, at) => word !== (at === 3 ? 1 : 0));
}

function single(address: Address, what: string, severity: Untouchable['severity']): Untouchable {
  return { network: { address, prefix: longestPrefix(address.family) }, what, severity };
}

/** Gateways of default routes, both families. */
export function defaultGateways(): Address[] {
  return [...gateways4(), ...gateways6()];
}

/** Columns of /proc/net/route: Iface Destination Gateway Flags RefCnt Use Metric Mask; words of the host's order. */
function gateways4(): Address[] {
  return rows('/proc/net/route').flatMap(
    ([, destination, gateway = '', , , , , mask]): Address[] => {
      if (destination !== '00000000' || mask !== '00000000' || gateway === '00000000') return [];
      const word = Buffer.from(gateway, 'hex').readUInt32LE();
      return [{ family: 4, words: [0, 0, 0xffff, word] }];
    },
  );
}

/** Columns of /proc/net/ipv6_route: destination, its prefix, source, its prefix, gateway. */
function gateways6(): Address[] {
  return rows('/proc/net/ipv6_route').flatMap(([, prefix, , , gateway = '']): Address[] => {
    if (prefix !== '00' || /^0*$/.test(gateway)) return [];
    const bytes = Buffer.from(gateway, 'hex');
    const word = (at: number): number => bytes.readUInt32BE(at * 4);
    return [{ family: 6, words: [word(0), word(1), word(2), word(3)] }];
  });
}

function rows(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
  } catch {
    return [];
  }
}
