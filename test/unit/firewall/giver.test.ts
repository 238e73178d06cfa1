import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KNOCK } from '../../../src/firewall/firewall.ts';
import { FIRST_START, giverNumber, giverOf } from '../../../src/firewall/giver.ts';

describe('the giver of a grant', () => {
  it('is known again by its number', () => {
    const user = fc.nat(0xffff_fff0).map((uid) => `uid ${uid}`);
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(KNOCK, FIRST_START), user), (by) => {
        const number = giverNumber(by);
        expect(number).toBeLessThanOrEqual(0xffff_ffff);
        expect(giverOf(number)).toBe(by);
      }),
    );
  });

  it('is somebody where the number has no room for the name', () => {
    for (const by of ['the ticket system', 'uid 4294967295', 'uid x', '']) {
      expect(giverOf(giverNumber(by))).toBe('somebody');
    }
  });

  it('is a knock where nothing is known', () => {
    expect(giverOf(0)).toBe(KNOCK);
  });
});
