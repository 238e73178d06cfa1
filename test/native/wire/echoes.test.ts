import { describe, expect, it } from 'vitest';
import type { Interest } from '../../../src/matcher/interest.ts';
import { NO_ECHO } from '../../../src/tuple/protocol.ts';
import { rowsOf } from '../../support/endings.ts';
import { frame } from '../../support/frame.ts';
import { interestIn } from '../../support/interest.ts';

const SIX = { from: '2001:db8::9', to: '2001:db8::1' };
const bytes = (count: number): Uint8Array => new Uint8Array(count).fill(7);

describe('echo requests', () => {
  const rows: [string, Uint8Array, number][] = [
    ['a ping of 64 bytes', frame({ icmp: {}, payload: bytes(64) }), 64],
    ['one of no bytes, padded by the link', frame({ icmp: {}, trailer: bytes(18) }), 0],
    [
      'one that is cut by the capture',
      frame({ icmp: {}, payload: bytes(1400) }).slice(0, 128),
      1400,
    ],
    [
      'one with options in its header',
      frame({ icmp: {}, payload: bytes(9), ip: { options: bytes(8).fill(1) } }),
      9,
    ],
    ['one with a code', frame({ icmp: { code: 3 }, payload: bytes(9) }), 9],
    ['a ping of 64 bytes over IPv6', frame({ ...SIX, icmp: {}, payload: bytes(64) }), 64],
    ['an answer', frame({ icmp: { type: 0 }, payload: bytes(64) }), NO_ECHO],
    ['an answer over IPv6', frame({ ...SIX, icmp: { type: 129 }, payload: bytes(64) }), NO_ECHO],
    ['the type of the other family', frame({ icmp: { type: 128 }, payload: bytes(64) }), NO_ECHO],
    ['and the other way round', frame({ ...SIX, icmp: { type: 8 }, payload: bytes(64) }), NO_ECHO],
    ['an error', frame({ icmp: { type: 3 }, payload: bytes(64) }), NO_ECHO],
    ['a header that is not whole', frame({ icmp: {}, ip: { totalLength: 24 } }), NO_ECHO],
    [
      'a first fragment',
      frame({ icmp: {}, payload: bytes(64), ip: { moreFragments: true } }),
      NO_ECHO,
    ],
  ];

  it.each(rows)('%s', async (_, packet, size) => {
    const [row] = await rowsOf([packet], { interest: interestIn({ icmp: true, icmp6: true }) });
    expect(row).toMatchObject({ port: size, ended: size === NO_ECHO ? 'unwanted' : 'wanted' });
  });

  it('are nobody’s where only the other family’s are wanted', async () => {
    const [four, six] = [frame({ icmp: {} }), frame({ ...SIX, icmp: {} })];
    const ends = { four: interestIn({ icmp: true }), six: interestIn({ icmp6: true }) };
    const ended = async (interest: Interest): Promise<string[]> =>
      (await rowsOf([four, six], { interest })).map((row) => row.ended);
    expect(await ended(ends.four)).toEqual(['wanted', 'unwanted']);
    expect(await ended(ends.six)).toEqual(['unwanted', 'wanted']);
  });
});
