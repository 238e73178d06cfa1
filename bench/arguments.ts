/** What `npm run bench -- ...` was asked for. */
export interface Arguments {
  readonly isQuick: boolean;
  readonly only: string | undefined;
  /** Results of an earlier run, to be compared with. */
  readonly compareWith: string | undefined;
}

export function readArguments(words: readonly string[]): Arguments {
  return {
    isQuick: words.includes('--quick'),
    only: valueOf(words, '--only'),
    compareWith: valueOf(words, '--compare'),
  };
}

function valueOf(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at < 0 ? undefined : words[at + 1];
}
