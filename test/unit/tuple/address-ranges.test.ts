import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeTexts } from '../../../src/firewall/nft/address-range.ts';
import type { AddressRanges } from '../../../src/tuple/address-ranges.ts';
import { RangeBuilder, rangesOf } from '../../../src/tuple/address-ranges.ts';
import type { Address } from '../../../src/tuple/address.ts';
import { networkOf } from '../../support/network.ts';

const textsOf = ({ ipv4, ipv6 }: AddressRanges): string[] => [
  ...rangeTexts(ipv4, 4),
  ...rangeTexts(ipv6, 6),
];

function built(texts: readonly string[], isApart: boolean): AddressRanges {
  const builder = new RangeBuilder();
  for (const text of texts) builder.addNetwork(networkOf(text));
  return builder.build({ isApart });
}

describe('ranges of addresses', () => {
  it.each([
    ['overlap', ['10.0.0.0/8', '10.1.0.0/16'], ['10.0.0.0/8'], ['10.0.0.0/8']],
    ['come twice', ['192.0.2.7', '192.0.2.7'], ['192.0.2.7'], ['192.0.2.7']],
    ['touch', ['10.0.0.0/9', '10.128.0.0/9'], ['10.0.0.0/8'], ['10.0.0.0/9', '10.128.0.0/9']],
    [
      'touch (IPv6)',
      ['2001:db8::/33', '2001:db8:8000::/33'],
      ['2001:db8::/32'],
      ['2001:db8::/33', '2001:db8:8000::/33'],
    ],
    [
      'carry into another word',
      ['2001:db8::ffff:ffff/128', '2001:db8::1:0:0/128'],
      ['2001:db8::ffff:ffff-2001:db8::1:0:0'],
      ['2001:db8::ffff:ffff', '2001:db8::1:0:0'],
    ],
    [
      'reach the last address',
      ['255.255.255.0/24', 'ffff::/16'],
      ['255.255.255.0/24', 'ffff::/16'],
      ['255.255.255.0/24', 'ffff::/16'],
    ],
    [
      'come in falling order',
      ['198.51.100.0/24', '10.0.0.0/8'],
      ['10.0.0.0/8', '198.51.100.0/24'],
      ['10.0.0.0/8', '198.51.100.0/24'],
    ],
  ])('that %s become what a set can hold', (_, given, together, apart) => {
    expect(textsOf(built(given, false))).toEqual(together);
    expect(textsOf(built(given, true))).toEqual(apart);
  });

  it('hold an address exactly if one of their networks does', () => {
    const word = fc.integer({ min: 0, max: 7 }).map((low) => (0xffff_fff8 + low) >>> 0);
    const prefix = fc.integer({ min: 29, max: 32 });
    const small = fc.tuple(word, prefix, fc.boolean());
    fc.assert(
      fc.property(fc.array(small, { maxLength: 6 }), fc.boolean(), (some, isApart) => {
        const networks = some.map(([low, length, isSix]) => {
          const family = isSix ? (6 as const) : (4 as const);
          const host = length === 32 ? 0 : 0xffff_ffff >>> length;
          const words = [0, 0, isSix ? 1 : 0xffff, (low & ~host) >>> 0] as const;
          return { address: { family, words }, prefix: isSix ? 96 + length : length };
        });
        const builder = new RangeBuilder();
        for (const network of networks) builder.addNetwork(network);
        const ranges = builder.build({ isApart });
        for (const family of [4, 6] as const) {
          for (let low = 0; low < 8; low++) {
            const last = (0xffff_fff8 + low) >>> 0;
            const address: Address = { family, words: [0, 0, family === 6 ? 1 : 0xffff, last] };
            const expected = networks.some(
              (each) => each.address.family === family && rangesOf([each]).has(address),
            );
            expect(ranges.has(address)).toBe(expected);
          }
        }
      }),
    );
  });
});
