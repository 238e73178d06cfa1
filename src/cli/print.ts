import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { assets, type Assets, type Programs } from '../packaging/assets.ts';
import { UsedKnocks } from '../codec/used-knocks.ts';
import { listeningPorts } from '../daemon/listening-ports.ts';
import { nflogRules } from '../daemon/nflog-rules.ts';
import { knownSeed } from '../daemon/seed.ts';
import { KnockBook } from '../engine/knock-book.ts';
import { compileDoors } from '../matcher/compile-doors.ts';
import {
  configFlags,
  DEFAULT_CONFIG,
  lastText,
  type Command,
  type Flags,
  type LoadedCommand,
} from './command.ts';
import { loadOrExplain } from './load.ts';
import { say } from './terminal.ts';
import { EXIT } from './exit-code.ts';
import { tableOf } from './flag-table.ts';
import { KNOCK_FLAGS } from './knock-flags.ts';
import { KNOCKD_FLAGS } from './knockd-flags.ts';
import { UsageError } from './usage-error.ts';
import { pageDate } from '../packaging/man/page-date.ts';
import { startsFrom } from '../packaging/places.ts';

/** Prints what goes along with the program: units, pages of the manual, completions. */
export function printer(commands: () => Promise<readonly LoadedCommand[]>): Command {
  return {
    example: [
      '$0 print unit > /etc/systemd/system/postern.service',
      'the unit for doors that open ports',
    ],
    flags: (parser: Argv) =>
      configFlags(parser)
        .default('config', DEFAULT_CONFIG)
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
            'nflog-rules',
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
      if (lastText(flags, 'what') === 'nflog-rules') return printNflogRules(flags);
      const words = ['what', 'name', 'program'].flatMap((word) => lastText(flags, word) ?? []);
      process.stdout.write(
        textOf(
          words,
          allAssets(await commands(), {
            starts: startsFrom(resolve(import.meta.dirname, '../..'), process.execPath),
            date: pageDate(process.env['SOURCE_DATE_EPOCH']),
          }),
        ),
      );
      return EXIT.done;
    },
  };
}

/** Rules that log what the doors of the file want; to the group that it listens to. */
function printNflogRules(flags: Flags): number {
  const configuration = loadOrExplain(flags);
  if (configuration === undefined) return EXIT.failed;
  const { doors, options } = configuration;
  using tickets = new KnockBook(() => new UsedKnocks(undefined));
  const seed = knownSeed(options.stateFolder);
  const isMissing = seed === undefined && options.compat === undefined;
  if (isMissing)
    say('postern: no daemon has run yet, so no decoys are logged: print them again then');
  const { interest } = compileDoors(doors, {
    seed,
    compat: options.compat,
    avoid: listeningPorts(),
    codecOf: tickets.codecsOf(doors),
  });
  const groups = options.sources.flatMap((source) => (source.kind === 'nflog' ? source.group : []));
  const [group] = groups;
  if (group === undefined) {
    say('postern: the file has no source = nflog:GROUP, whose group the rules would log to');
    return EXIT.failed;
  }
  process.stdout.write(nflogRules({ interest, group, perSecond: options.nflogLimit }));
  return EXIT.done;
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
  commands: readonly LoadedCommand[],
  rest: Pick<Programs, 'starts' | 'date'>,
): Assets {
  return assets({
    postern: { name: 'postern', flags: [], commands: commands.map(tableOf) },
    knockd: { name: 'knockd', flags: KNOCKD_FLAGS, commands: [] },
    knock: { name: 'knock', flags: KNOCK_FLAGS, commands: [] },
    ...rest,
  });
}
