import type { Argv } from 'yargs';
import { ListReader } from '../config/address-lists.ts';
import { advise } from '../config/advice.ts';
import { inFileOrder, type ConfigError } from '../config/config-error.ts';
import { printable } from '../config/printable.ts';
import { checkTrust } from '../config/file-trust.ts';
import type { Configuration } from '../config/configuration.ts';
import { sealedLayout } from '../codec/sealed-key.ts';
import { actionLines } from '../door/action-lines.ts';
import type { Encoded } from '../door/encoded.ts';
import { spanSize } from '../door/span.ts';
import { loadConfiguration } from '../config/load.ts';
import { adviseOnSources } from '../config/source-advice.ts';
import { adviseOnWorkers } from '../config/worker-count.ts';
import { adviseOnSecrecy } from '../config/secrecy.ts';
import { forwardingRemarks, ownAddresses } from '../daemon/forwarding.ts';
import { readListsAgain } from '../daemon/read-lists.ts';
import { rulesBeside, setsBeside } from '../daemon/rules-beside.ts';
import { hostPorts } from '../daemon/host-ports.ts';
import { compileDoors, type CompiledDoors } from '../matcher/compile-doors.ts';
import type { CompiledDoor } from '../matcher/compiled-door.ts';
import { scanOdds } from '../matcher/scan-odds.ts';
import { portsText } from '../door/ports-text.ts';
import { lengthText } from '../report/event-words.ts';
import { counted, countText } from '../report/words.ts';
import {
  compatOf,
  configFile,
  configFlags,
  DEFAULT_CONFIG,
  isSet,
  type Command,
} from './command.ts';
import type { PacketSource } from '../config/packet-source.ts';
import { isTaken } from '../source/nflog.ts';
import { unitFor } from '../packaging/unit-for.ts';
import { EXIT } from './exit-code.ts';
import { colours, print } from './terminal.ts';

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
    const file = configFile(flags);
    const isStrict = isSet(flags, 'strict');
    const loaded = loadConfiguration(file, { strict: isStrict, compat: compatOf(flags) });
    const doors = loaded.configuration?.doors ?? [];
    const knockedAt = doors.filter(({ isAction }) => isAction !== true);
    // The daemon lays decoys by a seed of its own; how many there are is the same for all seeds.
    const compiled = compileDoors(doors, {
      compat: loaded.configuration?.options.compat,
      seed: 'any',
    });
    const advice = [...advise(loaded, compiled, hostPorts()), ...adviseOnSecrecy(loaded.files)];
    const distrust = [
      ...checkTrust(loaded.files, loaded.configuration),
      ...adviseOnSources(loaded.configuration),
      ...adviseOnWorkers(loaded.configuration),
    ];
    const lists = loaded.configuration && readListsAgain(new ListReader(), loaded.configuration);
    const listed = lists?.problems ?? [];
    const problems = inFileOrder(
      [...loaded.problems, ...advice, ...distrust, ...listed],
      loaded.files,
    );
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const isLoadable = errors === 0;
    const choice = loaded.configuration && unitFor(loaded.configuration);

    if (isSet(flags, 'json')) {
      const { unit } = choice ?? {};
      print(
        JSON.stringify({ version: 1, file, isLoadable, doors: knockedAt.length, unit, problems }),
      );
      return isLoadable ? EXIT.done : EXIT.failed;
    }
    for (const problem of problems) print(`${painted(problem)}\n`);
    const counts = [
      counted(knockedAt.length, 'door'),
      counted(errors, 'error'),
      counted(problems.length - errors, 'warning'),
    ];
    print(`${counts.join(', ')}. ${isLoadable ? 'Loadable.' : 'Not loadable.'}`);
    for (const door of compiled.doors) for (const line of describe(door, compiled)) print(line);
    for (const { list, from, prefixes } of lists?.sources ?? []) {
      print(
        `${list}: ${counted(prefixes, 'prefix', 'prefixes')} of ${from === list ? 'the file itself' : printable(from)}`,
      );
    }
    if (isSet(flags, 'live') && loaded.configuration !== undefined) {
      for (const line of liveRemarks(loaded.configuration)) print(line);
    }
    if (choice !== undefined) print(`its unit is ${choice.unit}: ${printable(choice.why)}`);
    return isLoadable ? EXIT.done : EXIT.failed;
  },
};

/** The word that tells how bad it is in colour, where stdout shows colours. */
function painted(problem: ConfigError): string {
  const { severity } = problem;
  const paint = severity === 'error' ? colours.red : colours.yellow;
  return problem.format().replace(`${severity}:`, (word) => paint(word));
}

/** What a door does, and how easily it is guessed. */
function describe({ door, ...rest }: CompiledDoor, compiled: CompiledDoors): string[] {
  const name = `${door.isAction === true ? 'action' : 'door'} "${printable(door.name)}"`;
  const opens =
    door.open.length === 0
      ? []
      : [
          `${name} opens ${portsText(door.open)} ${lengthText({ isHeld: door.holds, openForSeconds: door.openForSeconds })}, in the address family that it was knocked by`,
        ];
  const besides = actionLines(door).map((line) => `${name} ${printable(line)}`);
  if (door.isAction === true) return opens;
  if (door.encoded !== undefined) {
    return [...opens, `${name}: ${knockText(door.encoded)}`, ...besides];
  }
  const odds = scanOdds(compiled, { door, ...rest });
  const guessed = Number.isFinite(odds)
    ? `one scan in ${countText(odds)} in random order opens it`
    : 'no scan that tries each port once opens it';
  return [...opens, `${name}: ${guessed}`, ...besides];
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

/** What has to be sent. */
function knockText(encoded: Encoded): string {
  const noun = encoded.carrier === 'icmp' ? 'sizes' : 'ports';
  const ports = `${spanSize(encoded.span)} ${noun} of ${encoded.carrier}`;
  switch (encoded.kind) {
    case 'sealed': {
      const { places } = sealedLayout(spanSize(encoded.span), encoded.address)!;
      return `its sealed knock is ${places} packets on ${ports}`;
    }
    case 'totp':
    case 'hotp':
      return `its code is ${encoded.ports} of ${ports}`;
    case 'legacy':
      return `its legacy knock lies on ${ports}`;
  }
}
