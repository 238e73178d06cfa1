import { describe, expect, it } from 'vitest';
import { GrantBook } from '../../../../src/firewall/grant-book.ts';
import { drawTable } from '../../../../src/firewall/nft/draw-table.ts';
import { allocateRows } from '../../../../src/firewall/nft/element-rows.ts';
import { compare } from '../../../../src/firewall/nft/reconciler.ts';
import { parseAddress } from '../../../../src/tuple/address.ts';
import { door, ports } from '../../../support/door.ts';

/** Two ports of a machine that has no IPv4 address, so that the door has elements of one family alone. */
const BEHIND = door('7000', {
  name: 'behind',
  open: ['tcp/22', 'tcp/80'].map(ports),
  target: parseAddress('fd78::5')!,
});
const OPTIONS = { trusted: [], guardInterfaces: [], maxGrants: 100, isPublished: false };
const FIRST = parseAddress('fd77::1')!;
const SECOND = parseAddress('fd77::2')!;

describe('a comparison of the book with the sets', () => {
  const layout = drawTable([BEHIND], { ...OPTIONS, isOurs: () => false });
  const book = new GrantBook(100);
  for (const source of [FIRST, SECOND]) book.enter(BEHIND, source, 0, 60_000);

  /** The sets with the elements of these sources, each as the book has it. */
  const read = (sources: readonly (readonly (typeof FIRST)[])[]) => ({
    found: sources.map((some, set) => {
      const rows = allocateRows(some.length);
      for (const [row, { words }] of some.entries()) {
        [rows.word0[row], rows.word1[row], rows.word2[row], rows.word3[row]] = words;
        rows.set[row] = set;
        rows.action[row] = 1;
        rows.timeoutMs[row] = 60_000;
        rows.grant[row] = book.table.id[book.find(BEHIND, some[row]!)]!;
      }
      return { set, rows };
    }),
    fromMs: 0,
    toMs: 0,
  });

  it('finds nothing where all is there', () => {
    const both = [FIRST, SECOND];
    const found = read([both, both]);
    expect(compare(book, layout, [BEHIND], found)).toEqual({ foreign: [], wrong: [], missing: [] });
  });

  it('misses the last port of one grant though the first of another is there', () => {
    const { missing } = compare(book, layout, [BEHIND], read([[FIRST, SECOND], [SECOND]]));
    const slot = book.find(BEHIND, FIRST);
    expect(missing.map((each) => [each.slot, each.target.ports.from])).toEqual([[slot, 80]]);
  });

  it('misses nothing in what was not read', () => {
    expect(compare(book, layout, [BEHIND], read([])).missing).toEqual([]);
  });
});
