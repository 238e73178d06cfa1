import { describe, expect, it } from 'vitest';
import {
  Comparison,
  type Differences,
  type ReadElements,
} from '../../../../src/firewall/nft/comparison.ts';
import { drawTable } from '../../../../src/firewall/nft/draw-table.ts';
import { allocateRows } from '../../../../src/firewall/nft/element-rows.ts';
import { GrantBook } from '../../../../src/firewall/grant-book.ts';
import { parseAddress, type Address } from '../../../../src/tuple/address.ts';
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
const BOTH = [FIRST, SECOND];

describe('a comparison of the book with the sets', () => {
  const layout = drawTable([BEHIND], { ...OPTIONS, isOurs: () => false });

  function bookOfBoth(): GrantBook {
    const book = new GrantBook(100);
    for (const source of BOTH) book.enter(BEHIND, source, 0, 60_000);
    return book;
  }

  /** A set with the elements of these sources, each as the book has it. */
  function pieceOf(book: GrantBook, set: number, sources: readonly Address[]): ReadElements {
    const rows = allocateRows(sources.length);
    for (const [row, source] of sources.entries()) {
      [rows.word0[row], rows.word1[row], rows.word2[row], rows.word3[row]] = source.words;
      rows.set[row] = set;
      rows.action[row] = 1;
      rows.timeoutMs[row] = 60_000;
      rows.grant[row] = book.table.id[book.find(BEHIND, source)] ?? 0;
    }
    return { set, rows, fromMs: 0, toMs: 0 };
  }

  /** What the comparison finds in these sets; the book may change before the end. */
  function compare(
    sources: readonly (readonly Address[])[],
    meanwhile: (book: GrantBook) => void = () => {},
  ): Differences & { slots: (of: 'wrong' | 'missing') => number[]; book: GrantBook } {
    const book = bookOfBoth();
    const comparison = new Comparison(book, layout, [...sources.keys()]);
    for (const [set, some] of sources.entries()) comparison.take(pieceOf(book, set, some));
    meanwhile(book);
    const found = comparison.end(0);
    return { ...found, book, slots: (of) => found[of].map(({ slot }) => slot) };
  }

  it('finds nothing where all is there', () => {
    expect(compare([BOTH, BOTH])).toMatchObject({ foreign: [], wrong: [], missing: [] });
  });

  it('misses the last port of one grant though the first of another is there', () => {
    const { missing, book } = compare([BOTH, [SECOND]]);
    const slot = book.find(BEHIND, FIRST);
    expect(missing.map((each) => [each.slot, each.target.ports.from])).toEqual([[slot, 80]]);
  });

  it('misses nothing in what was not read, and all where a set is empty', () => {
    expect(compare([]).missing).toEqual([]);
    expect(compare([[], []]).missing).toHaveLength(4);
  });

  it('leaves what has changed meanwhile to the next one', () => {
    const renewed = compare([[], []], (book) => book.enter(BEHIND, FIRST, 0, 90_000));
    const second = renewed.book.find(BEHIND, SECOND);
    expect(renewed.slots('missing')).toEqual([second, second]);

    const stranger = parseAddress('fd77::3')!;
    const typed = [[...BOTH, stranger], BOTH];
    expect(compare(typed).foreign).toHaveLength(1);
    const opened = compare(typed, (book) => book.enter(BEHIND, stranger, 0, 60_000));
    expect(opened.foreign).toEqual([]); // it is a grant by now
    expect(opened.slots('missing')).toEqual([]);
  });

  it('finds what is not as it should be, unless that has changed meanwhile', () => {
    const book = bookOfBoth();
    const comparison = new Comparison(book, layout, [0]);
    const piece = pieceOf(book, 0, BOTH);
    piece.rows.timeoutMs.fill(59_000);
    comparison.take(piece);
    book.enter(BEHIND, FIRST, 0, 90_000);
    const { wrong } = comparison.end(0);
    expect(wrong.map(({ slot }) => slot)).toEqual([book.find(BEHIND, SECOND)]);
  });
});
