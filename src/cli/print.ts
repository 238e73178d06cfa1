import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { assets, type Assets, type Programs } from '../packaging/assets.ts';
import type { Command } from './command.ts';
import { lastText } from './command.ts';
import { EXIT } from './exit-code.ts';
import { tableOf } from './flag-table.ts';
import { KNOCK_FLAGS } from './knock-flags.ts';
import { KNOCKD_FLAGS } from './knockd-flags.ts';
import { UsageError } from './parser.ts';
import { pageDate } from '../packaging/man/page-date.ts';
import { startsFrom } from '../packaging/places.ts';

/** Prints what goes along with the program: units, pages of the manual, completions. */
export function printer(commands: () => readonly Command[]): Command {
  return {
    usage: 'print <what> [name] [program]',
    summary: 'print a unit, a page of the manual, a completion',
    example: [
      '$0 print unit > /etc/systemd/system/postern.service',
      'the unit for doors that open ports',
    ],
    flags: (parser: Argv) =>
      parser
        .positional('what', {
          type: 'string',
          describe: 'what to print',
          choices: [
            'unit',
            'classic-unit',
            'guard-unit',
            'defaults',
            'sample',
            'man',
            'completion',
          ],
        })
        .positional('name', {
          type: 'string',
          describe: 'of a page, or a shell',
          choices: ['postern', 'knockd', 'knock', 'knockd.conf', 'bash', 'zsh', 'fish'],
        })
        .positional('program', {
          type: 'string',
          describe: 'whose completion, by default postern’s',
          choices: ['postern', 'knockd', 'knock'],
        }),
    run: async (flags) => {
      const words = ['what', 'name', 'program'].flatMap((word) => lastText(flags, word) ?? []);
      process.stdout.write(
        textOf(
          words,
          allAssets(commands(), {
            starts: startsFrom(resolve(import.meta.dirname, '../..'), process.execPath),
            date: pageDate(process.env['SOURCE_DATE_EPOCH']),
          }),
        ),
      );
      return EXIT.done;
    },
  };
}

function textOf([what, ...names]: readonly string[], all: Assets): string {
  const wanted = what === 'completion' && names.length === 1 ? [...names, 'postern'] : names;
  const text = all.get([what, ...wanted].join(' '));
  if (text !== undefined) return text();
  const known = [...all.keys()].filter((key) => key.startsWith(`${what} `));
  throw new UsageError(`print ${[what, ...names].join(' ')}: known are ${known.join(', ')}`);
}

/** All of them, with what is known only where they go. */
export function allAssets(
  commands: readonly Command[],
  rest: Pick<Programs, 'starts' | 'date'>,
): Assets {
  return assets({
    postern: { name: 'postern', flags: [], commands: commands.map(tableOf) },
    knockd: { name: 'knockd', flags: KNOCKD_FLAGS, commands: [] },
    knock: { name: 'knock', flags: KNOCK_FLAGS, commands: [] },
    ...rest,
  });
}
