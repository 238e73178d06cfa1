import { describe, expect, it } from 'vitest';
import type { Interest } from '../../../src/matcher/interest.ts';
import { exchangeInterest } from '../../../src/source/exchange-interest.ts';
import { interestIn } from '../../support/interest.ts';

class Ring {
  interest: Interest;
  readonly #takes: number;
  #taken = 0;

  constructor(interest: Interest, takes = Infinity) {
    this.interest = interest;
    this.#takes = takes;
  }

  setInterest(interest: Interest): void {
    if (this.#taken++ >= this.#takes) throw Object.assign(new Error('no'), { code: 'ENOMEM' });
    this.interest = interest;
  }
}

describe('another interest', () => {
  const before = interestIn({ tcp: [7000] });
  const now = interestIn({ udp: [53] });

  it('is that of all rings', () => {
    const rings = [new Ring(before), new Ring(before)];
    exchangeInterest(rings, before, now);
    expect(rings.map(({ interest }) => interest)).toEqual([now, now]);
  });

  it.each([0, 1, 2])('is that of none if ring %i can’t take it', (at) => {
    const rings = [0, 1, 2].map((each) => new Ring(before, each === at ? 0 : Infinity));
    expect(() => exchangeInterest(rings, before, now)).toThrow(
      expect.objectContaining({ code: 'ENOMEM' }),
    );
    expect(rings.map(({ interest }) => interest)).toEqual([before, before, before]);
  });
});
