import yargs, { type Argv } from 'yargs';
import { STANDARD_INPUT } from './command.ts';

/**
 * A parser that leaves words as they are typed: no numbers made of `1e3`, no objects of `--a.b`, no
 * `--no-x`. It never ends the process itself.
 */
export function makeParser(name: string, args: readonly string[]): Argv {
  return yargs(args.map((arg) => (arg === '-' ? STANDARD_INPUT : arg)))
    .scriptName(name)
    .parserConfiguration({
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
      'greedy-arrays': false,
      'strip-aliased': true,
    })
    .strict()
    .exitProcess(false)
    .help('help')
    .alias('help', 'h')
    .wrap(Math.min(100, process.stdout.columns ?? 100));
}
