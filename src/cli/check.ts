import type { Argv } from 'yargs';
import { advise } from '../config/advice.ts';
import { inFileOrder, printable } from '../config/config-error.ts';
import { loadConfiguration } from '../config/load.ts';
import { adviseOnSecrecy } from '../config/secrecy.ts';
import { hostPorts } from '../daemon/host-ports.ts';
import { compileDoors } from '../matcher/compile-doors.ts';
import { scanOdds } from '../matcher/scan-odds.ts';
import { countText } from '../report/words.ts';
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
    const isStrict = isSet(flags, 'strict');
    const compat = lastText(flags, 'compat') === 'knockd' ? ('knockd' as const) : undefined;
    const loaded = loadConfiguration(file, { strict: isStrict, compat });
    const doors = loaded.configuration?.doors ?? [];
    const compiled = compileDoors(doors, { compat: loaded.configuration?.options.compat });
    const advice = [...advise(loaded, compiled, hostPorts()), ...adviseOnSecrecy(loaded.files)];
    const problems = inFileOrder([...loaded.problems, ...advice], loaded.files);
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const isLoadable = loaded.configuration !== undefined;

    if (isSet(flags, 'json')) {
      print(JSON.stringify({ version: 1, file, isLoadable, doors: doors.length, problems }));
      return isLoadable ? EXIT.done : EXIT.failed;
    }
    for (const problem of problems) print(`${problem.format()}\n`);
    const counts = [
      count(doors.length, 'door'),
      count(errors, 'error'),
      count(problems.length - errors, 'warning'),
    ];
    print(`${counts.join(', ')}. ${isLoadable ? 'Loadable.' : 'Not loadable.'}`);
    for (const door of compiled.doors) {
      const odds = scanOdds(compiled, door);
      const said = Number.isFinite(odds)
        ? `one scan in ${countText(odds)} in random order opens it`
        : 'no scan that tries each port once opens it';
      print(`door "${printable(door.door.name)}": ${said}`);
    }
    return isLoadable ? EXIT.done : EXIT.failed;
  },
};

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
