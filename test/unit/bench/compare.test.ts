import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Figure } from '../../../bench/bench-case.ts';
import { comparison, readResults } from '../../../bench/compare.ts';

const OTHER = { hasSameMachine: false };

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

  it('counts more lines a second as better', () => {
    expect(verdict(alone(100, 'lines/s'), alone(150, 'lines/s'))).toBe('better');
  });

  it('takes a count of instructions at its word', () => {
    expect(verdict(instructions(100), instructions(103))).toBe('WORSE');
  });

  it('compares figures without a rival on one machine alone', () => {
    const [line] = comparison([result([alone(100, 'ns')])], [result([alone(150, 'ns')])], OTHER);
    expect(line).toBe('of another machine  case: what: 100 -> 150 ns');
    expect(comparison([result([ratio(5)])], [result([ratio(4)])], OTHER)[0]).toMatch(/^WORSE/);
  });

  it('takes a single run, which has no spread, for less', () => {
    expect(verdict(ratio(5, 0), ratio(4, 0))).toBe('same');
    expect(verdict(ratio(5, 0), ratio(3, 0))).toBe('WORSE');
  });

  it('compares those that got in by their share', () => {
    expect(verdict(alone(20, 'of 20'), alone(10, 'of 10'))).toBe('same');
    expect(verdict(alone(20, 'of 20'), alone(8, 'of 10'))).toBe('WORSE');
  });

  it('names a figure that is gone from a case, but not the cases that did not run', () => {
    const before = [result([ratio(5), alone(1, 'ns')]), { ...result([ratio(5)]), name: 'other' }];
    const lines = comparison(before, [result([ratio(5)])]);
    expect(lines.slice(1)).toEqual(['case: what: gone']);
    expect(comparison(before, [result([ratio(5)])], { ranAlike: false })).toHaveLength(1);
  });

  it('names what the earlier run did not have', () => {
    expect(comparison([], [result([ratio(5)])])).toEqual(['case: what against rival: new']);
  });
});

function verdict(before: Figure, after: Figure): string | undefined {
  return comparison([result([before])], [result([after])])[0]?.split(' ')[0];
}

function ratio(times: number, noise = 0.02): Figure {
  const rival = { name: 'rival', value: 10 * times, noise };
  return { what: 'what', unit: 'ns', ours: 10, noise, rival, ratio: times };
}

function instructions(ours: number): Figure {
  return {
    ...alone(ours, 'instructions/packet'),
    rival: { name: 'rival', value: 300 },
    ratio: 300 / ours,
  };
}

function alone(ours: number, unit: string): Figure {
  return { what: 'what', unit, ours, noise: 0.02 };
}

function result(figures: readonly Figure[]): Parameters<typeof comparison>[0][number] {
  return { name: 'case', question: '', figures, plots: [] };
}

describe('results of an earlier run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-results-'));
  const file = join(folder, 'results.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are told from whatever else is in a file', () => {
    writeFileSync(file, 'null');
    expect(() => readResults(file)).toThrow('holds no results of a bench');
    writeFileSync(file, '{"results":[');
    expect(() => readResults(file)).toThrow(file);
    expect(() => readResults(join(folder, 'missing'))).toThrow('no such file');
  });
});
