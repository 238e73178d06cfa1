import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lines } from '../../../src/control/lines.ts';

describe('lines of a stream', () => {
  it('are the same wherever the stream is cut', () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .filter((text) => !text.includes('\n'));
    const cuts = fc.array(fc.nat(200), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), cuts, (texts, at) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const edges = [0, ...at.filter((edge) => edge < bytes.length).sort((a, b) => a - b)];
        const lines = new Lines(1000);
        const found = edges.flatMap((from, nth) => [
          ...lines.take(bytes.subarray(from, edges[nth + 1] ?? bytes.length)),
        ]);
        expect(found).toEqual(texts);
      }),
    );
  });

  it('end with the first that is too long, whether its end has come or not', () => {
    expect([...new Lines(4).take(Buffer.from('abcd\nefgh\n'))]).toEqual(['abcd', 'efgh']);
    expect([...new Lines(4).take(Buffer.from('abcd\nefghi\nj\n'))]).toEqual(['abcd', undefined]);
    expect([...new Lines(4).take(Buffer.from('abcde'))]).toEqual([undefined]);
  });
});
