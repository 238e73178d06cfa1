import yargs, { type Argv } from 'yargs';
import { EXIT } from './exit-code.ts';
import { say } from './terminal.ts';

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

/** Stands for `-` on its way through yargs, which takes that for the beginning of a flag; commands see `-` again. */
export const STANDARD_INPUT = '\u0000-';

/** Wrong usage: what is wrong, and where to read on. */
export class UsageError extends Error {}

/** What yargs finds wrong with a command line, as our own error; what else it passes on is a defect. */
export function asUsage(message: string | undefined, error: Error | undefined): Error {
  const isUsage = error === undefined || error.name === 'YError';
  return isUsage ? new UsageError(message ?? error?.message) : error;
}

/** Two lines on stderr. */
export function sayUsage(name: string, error: Error): number {
  say(`${name}: ${error.message.replaceAll(/\s*\n\s*/g, ' ')}`);
  say(`Try: ${name} --help`);
  return EXIT.usage;
}
