import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../bench/machine.ts';
import { htmlPage } from '../../../bench/page.ts';
import { markdown, type CaseResult } from '../../../bench/report.ts';

const MACHINE: Machine = {
  processor: 'A <processor>',
  cores: 2,
  memoryGiB: 24,
  kernel: '6.18.44',
  node: 'v20.20.2',
  commit: 'abc1234',
  date: '2026-11-30',
  command: 'npm run bench -- --quick',
};

const GROWTH: CaseResult = {
  name: 'growth',
  question: 'How does it grow?',
  figures: [
    {
      what: '10 doors',
      unit: 'ns',
      ours: 200,
      noise: 0.04,
      rival: { name: 'with 1', value: 100, noise: 0.02 },
      ratio: 0.5,
      target: 'at most 60 ns more',
    },
    { what: '10 doors', unit: 'ns', ours: 200, note: 'knockd 0.8: knockd is not installed' },
  ],
  plots: [
    {
      title: 'Time by size',
      x: { label: 'how many', isLogarithmic: true },
      y: { label: 'nanoseconds', isLogarithmic: true },
      lines: [
        {
          name: 'doors that begin with one port, each of them',
          points: [
            [1, 100],
            [10, 200],
          ],
          exponent: 0.301,
        },
      ],
    },
  ],
  obstacle: 'network namespaces need root here',
};

describe.each([
  ['the page of results', htmlPage(MACHINE, [GROWTH])],
  ['the Markdown of results', markdown(MACHINE, [GROWTH])],
])('%s', (_, text) => {
  it('tells where, by which code and by which command', () => {
    const { kernel, node, commit, date, command } = MACHINE;
    for (const each of [kernel, node, commit, date, command, 'processor']) {
      expect(text).toContain(each);
    }
  });

  it('tells a figure, its rival, the spread of both, and its target', () => {
    expect(text).toContain('200 ns ±4 %');
    expect(text).toContain('with 1: 100 ns ±2 %');
    expect(text).toContain('at most 60 ns more');
  });

  it('tells of an absent rival, and of what was left out, with the reason', () => {
    expect(text).toContain('knockd is not installed');
    expect(text).toContain('Left out: network namespaces need root here.');
  });
});

describe('the page of results', () => {
  const page = htmlPage(MACHINE, [GROWTH]);

  it('fetches nothing', () => {
    expect(page).not.toMatch(/\b(src|href)=|url\(|@import|<script|https?:/);
  });

  it('draws each line with its whole name and the exponent fitted to it', () => {
    expect(page).toContain('doors that begin with one port, each of them: x^0.30');
    expect(page).toMatch(/<polyline points="64,276 696,12"/);
  });

  it('is no place for what a name holds', () => {
    expect(page).not.toContain('<processor>');
  });
});
