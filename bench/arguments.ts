import { parseArgs } from 'node:util';

/** What `npm run bench -- ...` was asked for. */
export interface Arguments {
  readonly isQuick: boolean;
  readonly only: string | undefined;
  /** Results of an earlier run, to be compared with. */
  readonly compareWith: string | undefined;
}

/** Throws at a word that it does not know: a slip would otherwise run all cases for half an hour. */
export function readArguments(words: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      compare: { type: 'string' },
    },
  });
  return { isQuick: values.quick, only: values.only, compareWith: values.compare };
}
