import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsedKnocks } from '../../../src/codec/used-knocks.ts';
import type { Ticket } from '../../../src/matcher/encoded/ticket.ts';
import { parseAddress } from '../../../src/tuple/address.ts';

const FOUR = parseAddress('203.0.113.9')!;
const SIX = parseAddress('2001:db8::9')!;

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'postern-used-'));
  path = join(folder, 'used');
});
afterEach(() => rmSync(folder, { recursive: true }));

function ticket(number: number, salt: number | undefined, series = 'ab'): Ticket {
  return { series, number, salt, action: 'open' };
}

describe('the book of used knocks (R-51)', () => {
  it('lets a knock be used once, by whatever source and at whatever time', () => {
    using book = new UsedKnocks(path);
    expect(book.spend(ticket(5, 1), FOUR, 5)).toBeUndefined();
    expect(book.spend(ticket(5, 2), FOUR, 5)).toBeUndefined();
    expect(book.spend(ticket(5, 1, 'cd'), FOUR, 5)).toBeUndefined();
    expect(book.spend(ticket(5, 1), FOUR, 5)).toBe('replayed');
    expect(book.spend(ticket(5, 1), SIX, 6)).toBe('replayed');
    expect(book.spend(ticket(5, 1), FOUR, 0)).toBe('replayed');
    expect(book.replayed).toBe(3);
  });

  it('has a use on the disk before it is taken, and knows it after a restart', () => {
    using book = new UsedKnocks(path);
    book.spend(ticket(5, 1), FOUR, 5);
    book.spend(ticket(7, undefined, 'cd'), FOUR, 5);
    expect(readFileSync(path, 'utf8')).toBe('ab 5 1\ncd 7 -\n');
    using next = new UsedKnocks(path);
    expect(next.spend(ticket(5, 1), FOUR, 5)).toBe('replayed');
    expect(next.spend(ticket(7, undefined, 'cd'), FOUR, 5)).toBe('replayed');
    expect(next.spend(ticket(6, 1), FOUR, 6)).toBeUndefined();
  });

  it('takes a line that a crash tore for none', () => {
    using book = new UsedKnocks(path);
    book.spend(ticket(5, 1), FOUR, 5);
    appendFileSync(path, 'ab 6 1');
    using next = new UsedKnocks(path);
    expect(next.spend(ticket(6, 1), FOUR, 6)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('ab 5 1\nab 6 1\n');
  });

  it('stays small, and counts what it forgot one by one as used', () => {
    using book = new UsedKnocks(path);
    for (let number = 0; number < 3000; number++) book.spend(ticket(number, 9), FOUR, number);
    for (let number = 0; number < 3000; number++) {
      expect(book.spend(ticket(number, 9), FOUR, number)).toBe('replayed');
    }
    expect(book.spend(ticket(0, 10), FOUR, 0)).toBe('replayed');
    using next = new UsedKnocks(path);
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(1100);
    expect(next.spend(ticket(2999, 9), FOUR, 0)).toBe('replayed');
    expect(next.spend(ticket(3000, 9), FOUR, 0)).toBeUndefined();
  });

  it('takes all lower numbers with a code', () => {
    using book = new UsedKnocks(path);
    expect(book.spend(ticket(7, undefined), FOUR, 5)).toBeUndefined();
    expect(book.spend(ticket(6, undefined), FOUR, 5)).toBe('replayed');
    expect(book.usedUpTo('ab')).toBe(7);
    expect(UsedKnocks.usedUpTo(path, 'ab')).toBe(7);
    expect(UsedKnocks.usedUpTo(path, 'cd')).toBe(-1);
  });

  it('counts a code that comes by both families within five seconds once', () => {
    using book = new UsedKnocks(path);
    expect(book.spend(ticket(7, undefined), FOUR, 5)).toBeUndefined();
    expect(book.spend(ticket(7, undefined), FOUR, 5)).toBe('replayed');
    expect(book.spend(ticket(7, undefined), SIX, 10)).toBeUndefined();
    expect(book.spend(ticket(7, undefined), SIX, 10)).toBe('replayed');
    expect(book.spend(ticket(8, undefined), FOUR, 20)).toBeUndefined();
    expect(book.spend(ticket(8, undefined), SIX, 26)).toBe('replayed');
  });
});
