import type { Argv } from 'yargs';
import { loadConfiguration } from '../config/load.ts';
import { configFlags, DEFAULT_CONFIG, isSet, lastText, type Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { print } from './terminal.ts';

export const check: Command = {
  usage: 'check',
  summary: 'read a door file and say everything that is wrong with it',
  example: ['$0 check -c knockd.conf', 'errors and warnings, with their places'],
  flags: (parser: Argv) =>
    configFlags(parser)
      .default('config', DEFAULT_CONFIG)
      .option('strict', { type: 'boolean', describe: 'warnings are errors' })
      .option('json', { type: 'boolean', describe: 'one object' }),
  run: async (flags) => {
    const file = lastText(flags, 'config')!;
    const { configuration, problems } = loadConfiguration(file, {
      strict: isSet(flags, 'strict'),
      ...(lastText(flags, 'compat') === 'knockd' ? { compat: 'knockd' } : {}),
    });
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const warnings = problems.length - errors;
    const isLoadable = configuration !== undefined && errors === 0;
    if (isSet(flags, 'json')) {
      print(JSON.stringify({ version: 1, file, isLoadable, doors: configuration?.doors.length ?? 0, problems }));
    } else {
      for (const problem of problems) print(`${problem.format()}\n`);
      const doors = configuration?.doors.length ?? 0;
      const verdict = isLoadable ? 'Loadable.' : 'Not loadable.';
      print(`${count(doors, 'door')}, ${count(errors, 'error')}, ${count(warnings, 'warning')}. ${verdict}`);
    }
    return isLoadable ? EXIT.done : EXIT.failed;
  },
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
