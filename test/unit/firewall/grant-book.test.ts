import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrantBook, type Admission } from '../../../src/firewall/grant-book.ts';
import { NO_SLOT } from '../../../src/firewall/grant-table.ts';
import { formatAddress, parseAddress } from '../../../src/tuple/address.ts';
import { door, ports } from '../../support/door.ts';

const DOORS = [
  door('7000', { name: 'a', open: [ports('tcp/22')] }),
  door('7001', { name: 'b', open: [ports('tcp/23')], maxGrants: 2 }),
  door('7002', { name: 'c', open: [ports('tcp/24')], openPrefix6: 64 }),
];
const SOURCES = ['203.0.113.1', '203.0.113.2', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1'];

/** The same promises, kept by a list that is walked from end to end each time. */
class NaiveBook {
  open: { key: string; id: number; untilMs: number }[] = [];
  ended: { key: string; id: number; untilMs: number }[] = [];
  nextId = 1;

  advance(nowMs: number): void {
    const due = this.open.filter(({ untilMs }) => untilMs <= nowMs);
    this.ended.push(...due.sort((a, b) => a.untilMs - b.untilMs));
    this.open = this.open.filter(({ untilMs }) => untilMs > nowMs);
  }

  enter(nth: number, source: string, untilMs: number, max: number): string {
    const { name, maxGrants = Infinity, openPrefix6 } = DOORS[nth]!;
    const isWide = openPrefix6 === 64 && source.startsWith('2001:db8::');
    const key = `${name} ${isWide ? '2001:db8::' : source === '2001:db8:0:1::1' && openPrefix6 === 64 ? '2001:db8:0:1::' : source}`;
    const known = this.open.find((grant) => grant.key === key);
    if (known !== undefined) {
      known.untilMs = Math.max(known.untilMs, untilMs);
      return `renewed ${known.id} ${known.untilMs}`;
    }
    const ofDoor = this.open.filter((grant) => grant.key.startsWith(`${name} `)).length;
    if (this.open.length >= max || ofDoor >= maxGrants) return 'refused';
    this.open.push({ key, id: this.nextId, untilMs });
    return `opened ${this.nextId++} ${untilMs}`;
  }
}

const STEP = fc.record({
  passMs: fc.constantFrom(0, 1, 7, 40, 150, 1000),
  door: fc.nat(DOORS.length - 1),
  source: fc.constantFrom(...SOURCES),
  openForMs: fc.constantFrom(1, 10, 50, 120, 900),
  what: fc.constantFrom('enter', 'enter', 'enter', 'withdraw', 'expire'),
});

describe('the book of grants', () => {
  it('keeps what a naive list keeps', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 60 }), (steps) => {
        const book = new GrantBook(5);
        const naive = new NaiveBook();
        let nowMs = 0;
        for (const { passMs, door: nth, source, openForMs, what } of steps) {
          nowMs += passMs;
          book.advance(nowMs);
          naive.advance(nowMs);
          const address = parseAddress(source)!;
          if (what === 'enter') {
            const done = book.enter(DOORS[nth]!, address, nowMs, nowMs + openForMs);
            expect(told(book, done)).toBe(naive.enter(nth, source, nowMs + openForMs, 5));
          } else if (what === 'withdraw') {
            const admission = book.enter(DOORS[nth]!, address, nowMs, nowMs + openForMs);
            if (admission?.isRenewal === false) naive.nextId++;
            if (admission !== undefined) book.withdraw(admission);
          } else {
            const ended = book.takeEnded().map(({ id, untilMs }) => ({ id, untilMs }));
            expect(ended.map(({ untilMs }) => untilMs)).toEqual(naive.ended.map((e) => e.untilMs));
            expect(new Set(ended.map(({ id }) => id))).toEqual(
              new Set(naive.ended.map((e) => e.id)),
            );
            naive.ended = [];
          }
          expect(book.size).toBe(naive.open.length);
          const open = [...book.openAt(nowMs)].map((slot) => keyOf(book, slot));
          expect(open.sort()).toEqual(
            naive.open.map(({ key, untilMs }) => `${key} ${untilMs}`).sort(),
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  it('remembers for a moment that an element may linger in the kernel', () => {
    const book = new GrantBook(10);
    const source = parseAddress('203.0.113.9')!;
    book.enter(DOORS[0]!, source, 0, 1000);
    book.advance(1000);
    expect(book.enter(DOORS[0]!, source, 1000, 1010)).toMatchObject({ mayLinger: true });
    book.advance(5000);
    expect(book.find(DOORS[0]!, source)).toBe(NO_SLOT);
    expect(book.enter(DOORS[0]!, source, 5000, 6000)).toMatchObject({ mayLinger: false });
  });

  it('has room for what another book leaves of it, and keeps some for grants by hand', () => {
    let elsewhere = 2;
    const book = new GrantBook(3, undefined, () => elsewhere);
    const [one, other, third] = SOURCES.slice(0, 3).map((each) => parseAddress(each)!);
    expect(book.enter(DOORS[0]!, one!, 0, 1000)).toBeDefined();
    expect(book.enter(DOORS[0]!, other!, 0, 1000)).toBeUndefined();
    expect(book.enter(DOORS[0]!, one!, 0, 2000)).toMatchObject({ isRenewal: true });
    expect(book.enter(DOORS[0]!, other!, 0, 1000, 'uid 0')).toBeDefined();
    elsewhere = 0;
    expect(book.enter(DOORS[0]!, third!, 0, 1000)).toBeDefined();
  });

  it('lists by and by what is open then, without what ends meanwhile, nor who comes in its place', () => {
    const book = new GrantBook(Infinity);
    const [one, other, third] = SOURCES.slice(0, 3).map((each) => parseAddress(each)!);
    book.enter(DOORS[0]!, one!, 0, 5000);
    book.enter(DOORS[0]!, other!, 0, 1000);
    book.enter(DOORS[2]!, third!, 0, 5000);
    const listed: string[] = [];
    for (const { door: of, source } of book.grantsByAndBy(0)) {
      listed.push(`${of.name} ${formatAddress(source)}`);
      book.advance(2000);
      book.enter(DOORS[0]!, other!, 2000, 9000);
    }
    expect(listed).toEqual(['a 203.0.113.1', 'c 2001:db8::']);
    expect([...book.counted()]).toEqual([
      [DOORS[0], 2],
      [DOORS[2], 1],
    ]);
  });
});

function told(book: GrantBook, admission: Admission | undefined): string {
  if (admission === undefined) return 'refused';
  const { id, untilMs } = book.grantAt(admission.slot);
  return `${admission.isRenewal ? 'renewed' : 'opened'} ${id} ${untilMs}`;
}

function keyOf(book: GrantBook, slot: number): string {
  const { door: of, source, untilMs } = book.grantAt(slot);
  return `${of.name} ${formatAddress(source)} ${untilMs}`;
}
