import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { checkTargets } from '../config/advice.ts';
import { checkTrust } from '../config/file-trust.ts';
import type { ConfigError } from '../config/config-error.ts';
import type { Loaded } from '../config/load.ts';
import type { ReloadAnswer } from '../control/answers.ts';
import { ControlError } from '../control/control-error.ts';
import {
  hasRing,
  heardOn,
  parsePacketSource,
  SOURCE_FORMS,
  type PacketSource,
} from '../config/packet-source.ts';
import { distinctSources } from '../config/to-options.ts';
import type { Configuration } from '../config/configuration.ts';
import { Daemon } from '../daemon/daemon.ts';
import { defaultInterface } from '../daemon/default-interface.ts';
import { dryRun } from '../daemon/dry-run.ts';
import { localAddresses } from '../daemon/local-addresses.ts';
import { lowerRights } from '../daemon/rights/lower-rights.ts';
import { askTerminal } from './ask-terminal.ts';
import {
  allTexts,
  configFlags,
  DEFAULT_CONFIG,
  isSet,
  lastText,
  seconds,
  type Command,
  type Flags,
} from './command.ts';
import { EventOutput } from './event-output.ts';
import { EXIT } from './exit-code.ts';
import { leaveStops } from './leave-stops.ts';
import { loadOrExplain } from './load.ts';
import { UsageError } from './usage-error.ts';
import { Service } from './service.ts';
import { Signals } from './signals.ts';
import { print, say } from './terminal.ts';

export const run: Command = {
  example: ['$0 run -c /etc/knockd.conf -i eth0', 'watch eth0'],
  flags: (parser: Argv) =>
    configFlags(parser)
      .default('config', DEFAULT_CONFIG)
      .option('interface', {
        alias: 'i',
        type: 'string',
        requiresArg: true,
        describe: 'interface to watch, may be repeated; any is all of them',
      })
      .option('source', {
        type: 'string',
        requiresArg: true,
        describe: 'where to hear of packets, may be repeated: ring, log:FILE or nflog:GROUP',
      })
      .option('only-ip-v4', { alias: '4', type: 'boolean', describe: 'leave IPv6 out' })
      .option('user', {
        type: 'string',
        requiresArg: true,
        describe: 'become this user once ready, if the file names none',
      })
      .option('json', { type: 'boolean', describe: 'events as JSON, one object a line' })
      .option('trial', {
        type: 'string',
        requiresArg: true,
        describe: 'guard for so long, and then only if `postern confirm` came',
      })
      .option('dry-run', { type: 'boolean', describe: 'print what would be done, and end' }),
  run: runDaemon,
};

/** Runs until TERM or INT. */
async function runDaemon(flags: Flags): Promise<number> {
  const signals = new Signals();
  const configuration = load(flags);
  if (configuration === undefined) return EXIT.failed;
  const interfaces = interfacesOf(flags, configuration);
  if (isSet(flags, 'dry-run')) {
    const heardBy = heardOn(configuration.options.sources, interfaces);
    for (const line of dryRun(configuration, heardBy)) print(line);
    return EXIT.done;
  }
  const heard = heardOn(configuration.options.sources, interfaces);
  const helper = lowerRights({ configuration, interfaces });
  for (const one of checkTrust([configuration.file], configuration)) say(one.format());

  const output = new EventOutput(configuration, isSet(flags, 'json'));
  const service = new Service(heard);
  const daemon: Daemon = await Daemon.start({
    configuration,
    interfaces,
    followsRoute: namedInterfaces(flags, configuration).length === 0,
    onlyIpv4: isSet(flags, 'only-ip-v4'),
    report: (event) => output.event(event),
    reportSuppressed: (count) => output.suppressed(count),
    onLink: (report) => output.link(report),
    onCommand: (event) => output.command(event),
    helper,
    leaveStops: (stops, outputs) =>
      leaveStops(stops, outputs, configuration, interfaces, AS_KNOCKD),
    say: (line) => say(`postern: ${line}`),
    complain: (line) => output.complain(line),
    remark: (line) => say(`postern: ${line}`),
    trialSeconds: seconds(flags, 'trial'),
    ask: askTerminal(),
    onReload: (allowUnguard) => reload(daemon, flags, output, service, allowUnguard),
  });
  signals.onReload(() => void reload(daemon, flags, output, service, false).catch(isSaid));
  void signals.end.then(() => daemon.stop());
  output.listening(heard);
  service.started(daemon, configuration);
  try {
    await daemon.run();
    await Promise.race([daemon.beforeEnd().then(() => daemon.oneDone()), signals.hurry]);
  } finally {
    service.stopping();
    output.closing(daemon.counters());
    await daemon.close();
  }
  return EXIT.done;
}

/** How stop commands that outlive us tell of themselves. */
const AS_KNOCKD = {
  config: '',
  isDaemon: false,
  isDebug: false,
  isVerbose: true,
  looksUp: false,
  onlyIpv4: false,
};

/** A door whose ports are sent on must be about this host, and nobody else may write what root runs. */
function load(flags: Flags, complain = say): Configuration | undefined {
  const furtherCheck = (loaded: Loaded): readonly ConfigError[] => [
    ...checkTargets(loaded, localAddresses(['any'])),
    ...checkTrust(loaded.files, loaded.configuration),
  ];
  const configuration = loadOrExplain(flags, furtherCheck, complain);
  const sources = sourcesOf(flags);
  if (configuration === undefined || sources.length === 0) return configuration;
  return { ...configuration, options: { ...configuration.options, sources } };
}

/** Those of the command line beat the file's. */
function sourcesOf(flags: Flags): readonly PacketSource[] {
  const sources = allTexts(flags, 'source').map((text) => {
    const source = parsePacketSource(text);
    if (source !== undefined) return source;
    throw new UsageError(`--source ${text}: known are ${SOURCE_FORMS}`);
  });
  return distinctSources(sources);
}

/** Without a ring all of them count. */
function interfacesOf(flags: Flags, configuration: Configuration): readonly string[] {
  if (!hasRing(configuration.options.sources)) return ['any'];
  const named = namedInterfaces(flags, configuration);
  return named.length > 0 ? named : [defaultInterface() ?? 'eth0'];
}

function namedInterfaces(flags: Flags, { options }: Configuration): readonly string[] {
  const named = allTexts(flags, 'interface');
  return named.length > 0 ? named : options.interfaces;
}

/** A broken file changes nothing. What is wrong is said here, and thrown for whoever asked. */
async function reload(
  daemon: Daemon,
  flags: Flags,
  output: EventOutput,
  service: Service,
  allowUnguard: boolean,
): Promise<ReloadAnswer> {
  service.reloading();
  output.reloading(resolve(lastText(flags, 'config')!));
  const problems: string[] = [];
  const configuration = load(flags, (line) => problems.push(line));
  for (const line of problems) say(line);
  if (configuration === undefined) {
    service.reloadFailed();
    throw new ControlError('REFUSED', problems.join('\n'));
  }
  try {
    output.reopen(configuration);
    const remarks = await daemon.reload(configuration, { allowUnguard });
    output.reloaded(configuration);
    service.reloaded(configuration);
    return { doors: configuration.doors.length, remarks };
  } catch (error) {
    service.reloadFailed();
    const why = `reload failed, the old configuration stays: ${(error as Error).message}`;
    output.complain(why);
    throw new ControlError('FAILED', why);
  }
}

function isSaid(): void {}
