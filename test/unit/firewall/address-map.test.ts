import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressMap } from '../../../src/firewall/address-map.ts';
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

describe('a map of addresses', () => {
  it('is a map', () => {
    const step = fc.tuple(fc.constantFrom('set', 'set', 'delete', 'get'), ADDRESS, fc.nat());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const map = new AddressMap<number>();
        const model = new Map<string, number>();
        for (const [what, address, value] of steps) {
          const key = JSON.stringify(address);
          if (what === 'set') {
            map.set(address, value);
            model.set(key, value);
          } else if (what === 'delete') {
            expect(map.delete(address)).toBe(model.delete(key));
          }
          expect(map.get(address)).toBe(model.get(key));
          expect(map.size).toBe(model.size);
        }
        expect([...map.values()].sort()).toEqual([...model.values()].sort());
      }),
    );
  });
});
