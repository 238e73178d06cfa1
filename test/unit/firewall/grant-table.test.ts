import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GrantTable, NO_SLOT } from '../../../src/firewall/grant-table.ts';
import type { Address } from '../../../src/tuple/address.ts';

/** Few different addresses, so that they meet; an IPv6 address may wear an IPv4 one. */
const ADDRESS = fc.record({
  family: fc.constantFrom(4 as const, 6 as const),
  words: fc.tuple(
    fc.constantFrom(0, 0x2001_0db8),
    fc.constant(0),
    fc.constantFrom(0, 0xffff),
    fc.oneof(fc.nat(40), fc.constantFrom(0xffff_ffff, 0x8000_0000)),
  ),
}) as fc.Arbitrary<Address>;
const STEP = fc.tuple(fc.constantFrom('add', 'add', 'release', 'unlist'), fc.nat(2), ADDRESS);

describe('the table of grants', () => {
  it.each([1, Infinity])('finds what was added last, made for %d', (expected) => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 300 }), (steps) => {
        const table = new GrantTable(expected);
        const model = new Map<string, number>();
        for (const [id, [what, page, address]] of steps.entries()) {
          const key = JSON.stringify([page, address]);
          const slot = table.find(page, address);
          expect(slot).toBe(model.get(key) ?? NO_SLOT);
          if (what === 'add') {
            model.set(key, table.add(page, address, id, id * 2));
            const added = model.get(key)!;
            expect(table.source(added)).toEqual(address);
            expect([table.page[added], table.id[added], table.untilMs[added]]).toEqual([
              page,
              id,
              id * 2,
            ]);
          } else if (slot !== NO_SLOT) {
            if (what === 'release') table.release(slot);
            else table.unlist(slot);
            model.delete(key);
          }
        }
        expect([...table.slots()].sort()).toEqual([...model.values()].sort());
      }),
    );
  });
});
