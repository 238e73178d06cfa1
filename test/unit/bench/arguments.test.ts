import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../bench/arguments.ts';

describe('what a bench is asked for', () => {
  it('is all cases where nothing is said', () => {
    expect(readArguments([])).toEqual({ isQuick: false, only: undefined, compareWith: undefined });
  });

  it('may be one case, small, beside an earlier run', () => {
    const words = ['--quick', '--only=replay', '--compare', 'ref.json'];
    const asked = { isQuick: true, only: 'replay', compareWith: 'ref.json' };
    expect(readArguments(words)).toEqual(asked);
  });

  it.each([['--quik'], ['--only'], ['--compare'], ['replay'], ['--only', '--quick']])(
    'is not taken for all of them by a slip: %s',
    (...words) => expect(() => readArguments(words)).toThrow(/--quik|--only|--compare|replay/),
  );
});
