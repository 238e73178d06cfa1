import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after, formatRange, mergeNetworks } from '../../../../src/firewall/nft/address-range.ts';
import { formatAddress, parseAddress } from '../../../../src/tuple/address.ts';

const network = (text: string) => {
  const [address, prefix] = text.split('/') as [string, string];
  return { address: parseAddress(address)!, prefix: Number(prefix) };
};
const merged = (family: 4 | 6, ...texts: string[]) =>
  mergeNetworks(texts.map(network), family).map(formatRange);

describe('networks merged into ranges', () => {
  it.each([
    [['10.0.0.0/8'], ['10.0.0.0/8']],
    [['10.1.2.3/8'], ['10.0.0.0/8']],
    [['10.0.0.0/8', '10.1.0.0/16'], ['10.0.0.0/8']],
    [['10.0.0.0/9', '10.128.0.0/9'], ['10.0.0.0/8']],
    [['11.0.0.0/8', '9.0.0.0/8', '10.0.0.0/8'], ['9.0.0.0-11.255.255.255']],
    [['0.0.0.0/0', '255.255.255.255/32'], ['0.0.0.0/0']],
    [
      ['192.0.2.1/32', '192.0.2.3/32'],
      ['192.0.2.1', '192.0.2.3'],
    ],
    [['2001:db8::/32'], []],
  ])('makes %j to %j', (networks, ranges) => {
    expect(merged(4, ...networks)).toEqual(ranges);
  });

  it('keeps the families apart', () => {
    expect(merged(6, '10.0.0.0/8', 'fd00::/8', '::/1', '8000::/1')).toEqual(['::/0']);
    expect(merged(6, 'fd00::/8', '2001:db8::1/128')).toEqual(['2001:db8::1', 'fd00::/8']);
  });

  it('covers the same addresses, and no two ranges touch', () => {
    const some = fc.tuple(fc.nat(255), fc.integer({ min: 24, max: 32 }));
    fc.assert(
      fc.property(fc.array(some), (networks) => {
        const inside = new Set<number>();
        for (const [host, prefix] of networks) {
          const size = 2 ** (32 - prefix);
          const first = host - (host % size);
          for (let at = first; at < first + size; at++) inside.add(at);
        }
        const given = networks.map(([host, prefix]) => network(`192.0.2.${host}/${prefix}`));
        const ranges = mergeNetworks(given, 4);
        const covered = ranges.flatMap(({ first, last }) => {
          const [from, to] = [first.words[3] & 255, last.words[3] & 255];
          return Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
        });
        expect(covered).toEqual([...inside].sort((a, b) => a - b));
        for (const [nth, { last }] of ranges.entries()) {
          expect(ranges[nth + 1]?.first.words).not.toEqual(after(last)?.words ?? null);
        }
      }),
    );
  });

  it('knows what comes after an address, and after the last', () => {
    expect(formatAddress(after(parseAddress('10.255.255.255')!)!)).toBe('11.0.0.0');
    expect(after(parseAddress('255.255.255.255')!)).toBeUndefined();
    expect(formatAddress(after(parseAddress('2001:db8::ffff:ffff')!)!)).toBe('2001:db8::1:0:0');
    expect(after(parseAddress('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')!)).toBeUndefined();
  });
});
