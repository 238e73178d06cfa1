import { describe, expect, it } from 'vitest';
import type { Figure } from '../../../bench/bench-case.ts';
import { comparison } from '../../../bench/compare.ts';

describe('a comparison of two runs', () => {
  it('says that a figure which lost more than its noise is worse', () => {
    expect(verdict(ratio(5), ratio(4))).toBe('WORSE');
  });

  it('says that a figure which won more than its noise is better', () => {
    expect(verdict(ratio(4), ratio(5))).toBe('better');
  });

  it('takes the spread of both runs for what it is', () => {
    expect(verdict(ratio(5, 0.15), ratio(4, 0.15))).toBe('same');
  });

  it('counts more time as worse where there is no rival', () => {
    expect(verdict(alone(100, 'ns'), alone(150, 'ns'))).toBe('WORSE');
  });

  it('counts more openings a second as better', () => {
    expect(verdict(alone(100, '/s'), alone(150, '/s'))).toBe('better');
  });

  it('names what the earlier run did not have', () => {
    expect(comparison([], [result([ratio(5)])])).toEqual(['case: what against rival: new']);
  });
});

function verdict(before: Figure, after: Figure): string | undefined {
  return comparison([result([before])], [result([after])])[0]?.split(' ')[0];
}

function ratio(times: number, noise = 0): Figure {
  const rival = { name: 'rival', value: 10 * times, noise };
  return { what: 'what', unit: 'ns', ours: 10, noise, rival, ratio: times };
}

function alone(ours: number, unit: string): Figure {
  return { what: 'what', unit, ours };
}

function result(figures: readonly Figure[]): Parameters<typeof comparison>[0][number] {
  return { name: 'case', question: '', figures, plots: [] };
}
