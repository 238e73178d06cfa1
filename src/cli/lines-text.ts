import { countText } from '../report/words.ts';
import type { LineCounters } from '../source/source.ts';

/** `1,200 lines: 1,000 packets, 150 not of the kernel, 50 of other rules` */
export function linesText({ lines, matched, ...others }: LineCounters): string {
  const parts = REASONS.filter(([name]) => others[name] > 0).map(
    ([name, words]) => `${countText(others[name])} ${words}`,
  );
  return `${countText(lines)} lines: ${[`${countText(matched)} packets`, ...parts].join(', ')}`;
}

const REASONS = [
  ['notKernel', 'not of the kernel'],
  ['otherPrefix', 'of other rules'],
  ['garbled', 'garbled'],
  ['tooLong', 'too long'],
  ['tooSlow', 'too slow for an expression'],
] as const;
