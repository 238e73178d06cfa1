import { describe, expect, it } from 'vitest';
import { expectEndings, rowsOf } from '../../support/endings.ts';
import { frame, LINK_TYPE, type FrameOptions } from '../../support/frame.ts';

const SERVICE = 0x88a8;
const OLD_SERVICE = 0x9100;

/** The eight shapes, and the outermost id that is not 0. */
const SHAPES: readonly (readonly [string, NonNullable<FrameOptions['vlans']>, number])[] = [
  ['no tag', [], 0],
  ['one tag', [5], 5],
  ['a priority tag', [0], 0],
  ['a service tag', [{ id: 7, type: SERVICE }], 7],
  ['a service tag of the old type', [{ id: 8, type: OLD_SERVICE }], 8],
  ['two tags', [{ id: 100, type: SERVICE }, 5], 100],
  ['a priority tag around a tag', [0, 6], 6],
  ['three tags', [{ id: 300, type: SERVICE }, 20, 5], 300],
];

describe('VLAN tags in the bytes (R-11)', () => {
  it.each(SHAPES)('%s: a tuple, with the outermost id that is not 0', async (_, vlans, id) => {
    const rows = await rowsOf([
      frame({ vlans, tcp: { to: 7000, syn: true } }),
      frame({ vlans, from: '2001:db8::9', udp: { to: 7000 } }),
    ]);
    expect(rows.map(({ ended }) => ended)).toEqual(['wanted', 'wanted']);
    expect(rows.map((row) => row['vlan'])).toEqual([id, id]);
  });

  it('keeps priority and drop bits out of the id', async () => {
    const [row] = await rowsOf([frame({ vlans: [0xf005], tcp: { to: 7000, syn: true } })]);
    expect(row!['vlan']).toBe(5);
  });

  it('are found behind a cooked header too', async () => {
    for (const link of ['sll', 'sll2'] as const) {
      const bytes = frame({ link, vlans: [9], tcp: { to: 7000, syn: true } });
      const [row] = await rowsOf([bytes], { linkType: LINK_TYPE[link] });
      expect([row!.ended, row!['vlan']]).toEqual(['wanted', 9]);
    }
  });

  it('end the walk at eight, and where they are cut', () =>
    expectEndings([
      ['eight', frame({ vlans: [1, 2, 3, 4, 5, 6, 7, 8], tcp: { to: 7000, syn: true } }), 'wanted'],
      [
        'nine',
        frame({ vlans: [1, 2, 3, 4, 5, 6, 7, 8, 9], tcp: { to: 7000, syn: true } }),
        'linkDepth',
      ],
      ['cut inside', frame({ vlans: [1, 2] }).slice(0, 20), 'cutLink'],
    ]));
});
