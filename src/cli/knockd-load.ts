import { checkTargets } from '../config/advice.ts';
import { inFileOrder, knockdLineOf, type ConfigError } from '../config/config-error.ts';
import type { Configuration } from '../config/configuration.ts';
import { checkTrust } from '../config/file-trust.ts';
import { knockdDebugLines } from '../config/knockd-debug.ts';
import { loadConfiguration, type LoadOptions } from '../config/load.ts';
import { localAddresses } from '../daemon/local-addresses.ts';
import { FACILITY, Syslog } from '../report/syslog.ts';
import type { Caller } from './caller.ts';
import type { KnockdFlags } from './knockd-flags.ts';
import { foldersOfSystemd } from './systemd-folders.ts';

/** The configuration; or undefined, when 0.8's line about it, or ours, has been said. */
export function loadKnockd(
  path: string,
  flags: KnockdFlags,
  caller: Caller,
  told: string[] = [],
): Configuration | undefined {
  const loaded = loadConfiguration(path, loadOptionsOf(flags));
  const problems = [...loaded.problems, ...checkTargets(loaded, localAddresses(['any']))];
  const distrust = checkTrust(loaded.files, loaded.configuration);
  const errors = [...problems, ...distrust].filter(({ severity }) => severity === 'error');
  const doors = loaded.configuration?.doors ?? [];
  const lines = knockdDebugLines(path, problems, {
    hasInterface: flags.interface !== undefined,
    oneTimeSteps: (name) => doors.find((door) => door.name === name)?.steps,
  });
  if (flags.isDebug) for (const line of lines) caller.print(line);
  if (errors.length > 0) {
    told.push(...inFileOrder(errors, loaded.files).map((error) => error.format()));
    explainErrors(errors, loaded.files, lines.includes('config: usesyslog'), caller);
    return undefined;
  }
  const { configuration } = loaded;
  // What is worth a look before it does harm. 0.8 has nothing to say about any of it.
  for (const one of distrust) caller.say(`knockd: ${one.format()}`);
  if (problems.length > 0 && configuration?.options.compat === undefined) {
    caller.say(`knockd: ${path}: ${problems.length} warnings. See them: postern check -c ${path}`);
  }
  return configuration;
}

/** What the command line says in place of directives that the file does not give. */
export function loadOptionsOf({ compat, pidFile, logFile, user }: KnockdFlags): LoadOptions {
  return {
    compat,
    initial: {
      ...(pidFile === undefined ? {} : { PidFile: pidFile }),
      ...(logFile === undefined ? {} : { LogFile: logFile }),
      ...(user === undefined ? {} : { user }),
      ...foldersOfSystemd(),
    },
  };
}

/** 0.8 tells of the first of its errors alone; of those that only we know, all are told. */
function explainErrors(
  errors: readonly ConfigError[],
  files: readonly string[],
  toSyslog: boolean,
  caller: Caller,
): void {
  const first = knockdLineOf(errors);
  if (first !== undefined) caller.say(first);
  if (toSyslog && first?.endsWith('in knock sequence')) {
    const syslog = new Syslog('knockd');
    syslog.write(`${first.replace('config:', 'error:')}\n`, FACILITY.user);
    syslog.close();
  }
  for (const error of inFileOrder(errors, files)) {
    if (error.knockdLine === undefined) caller.say(error.format());
  }
}
