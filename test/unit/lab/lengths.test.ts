import { describe, expect, it } from 'vitest';
import { LIKELIEST } from '../../../src/config/to-encoded.ts';
import { legacyLengths, sealedLengths } from '../../../src/lab/page/model/lengths.ts';

describe('the lab’s lengths', () => {
  it('are the original page’s for its three sizes, without a vector and with one', () => {
    const { rows } = legacyLengths({ ...LIKELIEST, fields: ['client', 'port', 'checksum'] });
    expect(rows.map(([ports, , ...cells]) => [ports, ...cells.toSpliced(3, 1)])).toEqual([
      ['256', '8', '16', '24', '24', '32', '40'],
      ['512', '8', '15', '22', '22', '29', '36'],
      ['1,024', '7', '13', '20', '20', '26', '32'],
      ['4,096', '6', '11', '16', '16', '22', '27'],
      ['16,384', '5', '10', '14', '14', '19', '23'],
      ['32,768', '5', '9', '13', '13', '18', '22'],
    ]);
  });

  it('have no column for a vector where there is no cipher', () => {
    const { head, rows } = legacyLengths({ ...LIKELIEST, cipher: 'none', fields: ['client'] });
    expect(head).toHaveLength(5);
    expect(rows[0]).toEqual(['256', '4', '7', '15', '23']);
  });

  it('are those of docs/encoded-knocks.md for sealed knocks', () => {
    expect(sealedLengths().rows).toEqual([
      ['256', '64', '–'],
      ['512', '32', '128'],
      ['1,024', '26', '64'],
      ['4,096', '16', '43'],
      ['16,384', '13', '29'],
      ['32,768', '12', '26'],
      ['65,535', '11', '24'],
    ]);
  });
});
