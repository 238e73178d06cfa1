import type { Argv } from 'yargs';
import type { Configuration } from '../config/configuration.ts';
import type { PacketSource } from '../config/packet-source.ts';
import { printable } from '../config/printable.ts';
import { forwardingRemarks, ownAddresses } from '../daemon/forwarding.ts';
import { rulesBeside, setsBeside } from '../daemon/rules-beside.ts';
import { unitFor } from '../packaging/unit-for.ts';
import { isTaken } from '../source/nflog.ts';
import { checkText } from './check-text.ts';
import {
  compatOf,
  configFile,
  configFlags,
  DEFAULT_CONFIG,
  isSet,
  type Command,
} from './command.ts';
import { examine, type Findings } from './examine.ts';
import { EXIT } from './exit-code.ts';
import { print } from './terminal.ts';

export const check: Command = {
  example: ['$0 check -c knockd.conf', 'errors and warnings, with their places'],
  flags: (parser: Argv) =>
    configFlags(parser)
      .default('config', DEFAULT_CONFIG)
      .option('live', {
        type: 'boolean',
        describe: 'look at this host’s rules and addresses too, as root',
      })
      .option('strict', { type: 'boolean', describe: 'warnings are errors' })
      .option('json', { type: 'boolean', describe: 'one object' }),
  run: async (flags) => {
    const options = { strict: isSet(flags, 'strict'), compat: compatOf(flags) };
    const findings = examine(configFile(flags), options);
    const { configuration, errors } = findings;
    const choice = configuration && unitFor(configuration);
    if (isSet(flags, 'json')) {
      print(checkJson(findings, choice?.unit));
    } else {
      for (const line of checkText(findings)) print(line);
      if (isSet(flags, 'live') && configuration !== undefined) {
        for (const line of liveRemarks(configuration)) print(line);
      }
      if (choice !== undefined) print(`its unit is ${choice.unit}: ${printable(choice.why)}`);
    }
    return errors === 0 ? EXIT.done : EXIT.failed;
  },
};

function checkJson({ file, doors, problems, errors }: Findings, unit: string | undefined): string {
  return JSON.stringify({ version: 1, file, isLoadable: errors === 0, doors, unit, problems });
}

/** What this host has to say about the doors. */
function liveRemarks({ doors, options }: Configuration): string[] {
  const isOurs = ownAddresses();
  try {
    const lines = [
      ...setsBeside(doors),
      ...rulesBeside(doors, options, isOurs),
      ...forwardingRemarks(doors, isOurs),
      ...options.sources.flatMap(takenGroup),
    ];
    return lines.length > 0 ? lines : ['no chain of another table stands in the way'];
  } catch (error) {
    return [`could not look at this host’s rules: ${(error as Error).message}`];
  }
}

/** A group is one program's. */
function takenGroup(source: PacketSource): string[] {
  if (source.kind !== 'nflog' || !isTaken(source.group)) return [];
  return [`a program listens to log group ${source.group} already: our daemon, or another one`];
}
