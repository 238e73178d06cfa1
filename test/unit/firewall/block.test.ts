import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shutRanges } from '../../../src/firewall/block.ts';
import { rangeText } from '../../../src/firewall/nft/address-range.ts';
import { AddressRanges, rangesOf } from '../../../src/tuple/address-ranges.ts';
import { blockOf, type NamedBlock } from '../../support/network.ts';

const shown = (blocks: readonly NamedBlock[]): string[] =>
  shutRanges(blocks.map(blockOf)).map(
    ({ family, words, untilMs }) => `${rangeText(words, family)} ${untilMs ?? 'for ever'}`,
  );

describe('blocks that overlap', () => {
  it('are ranges that do not, each with the end of the block that lasts longest', () => {
    expect(shown([['10.0.0.0/8', 100], ['10.7.0.0/16']])).toEqual([
      '10.0.0.0-10.6.255.255 100',
      '10.7.0.0/16 for ever',
      '10.8.0.0-10.255.255.255 100',
    ]);
    expect(
      shown([
        ['10.0.0.0/8', 100],
        ['10.7.0.0/16', 50],
      ]),
    ).toEqual(['10.0.0.0/8 100']);
    expect(
      shown([
        ['10.0.0.0/9', 7],
        ['10.128.0.0/9', 7],
      ]),
    ).toEqual(['10.0.0.0/8 7']);
  });

  it('shut each address out for as long as any of them does', () => {
    const block = fc.tuple(
      fc.integer({ min: 0, max: 15 }),
      fc.integer({ min: 28, max: 32 }),
      fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (some) => {
        const blocks = some.map(([low, prefix, untilMs]) => {
          const host = prefix === 32 ? 0 : 0xffff_ffff >>> prefix;
          const words = [0, 0, 0xffff, (0xffff_fff0 + (low & ~host & 15)) >>> 0] as const;
          return { network: { address: { family: 4 as const, words }, prefix }, untilMs };
        });
        const ranges = shutRanges(blocks);
        for (let low = 0; low < 16; low++) {
          const word = (0xffff_fff0 + low) >>> 0;
          const over = blocks.filter(({ network }) => rangesOf([network]).has4(word));
          const ends = over.map(({ untilMs }) => untilMs ?? Infinity);
          const here = ranges.filter(({ words }) =>
            new AddressRanges(Uint32Array.from(words), new Uint32Array(0)).has4(word),
          );
          expect(here.map(({ untilMs }) => untilMs ?? Infinity)).toEqual(
            over.length === 0 ? [] : [Math.max(...ends)],
          );
        }
      }),
    );
  });
});
