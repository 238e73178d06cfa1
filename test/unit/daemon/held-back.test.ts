import { describe, expect, it } from 'vitest';
import type { Options } from '../../../src/config/configuration.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { heldBack } from '../../../src/daemon/held-back.ts';

const DOOR = '[ssh]\n sequence = 7003,7001\n open = tcp/22\n';

function optionsOf(lines: string): Options {
  const { configuration } = parseConfiguration(`[options]\n${lines}\n${DOOR}`, 'knockd.conf');
  return configuration!.options;
}

describe('what a reload holds back', () => {
  it.each<[string, string, RegExp]>([
    ['another user', 'user = nobody', /^another user /],
    ['another number of workers', 'workers = 2', /^another number of workers /],
    ['another source', 'source = nflog:5', /^other sources /],
    ['another prefix in its log', 'log_prefix = knock', /^other sources /],
  ])('%s', (_, lines, expected) => {
    expect(heldBack(optionsOf(''), optionsOf(lines))).toEqual([expect.stringMatching(expected)]);
    expect(heldBack(optionsOf(lines), optionsOf(''))).toHaveLength(1);
  });

  it('nothing of what is as it was, nor of what can change', () => {
    const [before, after] = [optionsOf('workers = 2'), optionsOf('workers = 2\nmax_grants = 100')];
    expect(heldBack(before, after)).toEqual([]);
  });
});
