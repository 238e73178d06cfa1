import type { Argv } from 'yargs';
import { checkTargets } from '../config/advice.ts';
import type { Configuration } from '../config/configuration.ts';
import { Daemon } from '../daemon/daemon.ts';
import { defaultInterface } from '../daemon/default-interface.ts';
import { dryRun } from '../daemon/dry-run.ts';
import { localAddresses } from '../daemon/local-addresses.ts';
import {
  allTexts,
  configFlags,
  DEFAULT_CONFIG,
  isSet,
  type Command,
  type Flags,
} from './command.ts';
import { EventOutput } from './event-output.ts';
import { EXIT } from './exit-code.ts';
import { loadOrExplain } from './load.ts';
import { print, say } from './terminal.ts';

export const run: Command = {
  usage: 'run',
  summary: 'the daemon: watch interfaces, open doors',
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
      .option('only-ip-v4', { alias: '4', type: 'boolean', describe: 'leave IPv6 out' })
      .option('json', { type: 'boolean', describe: 'events as JSON, one object a line' })
      .option('dry-run', { type: 'boolean', describe: 'print what would be done, and end' }),
  run: (flags) => runDaemon(flags, { name: 'postern', isQuiet: false }),
};

export interface RunStyle {
  /** The name under which messages are said. */
  readonly name: 'postern' | 'knockd';
  /** No event lines on stdout. */
  readonly isQuiet: boolean;
}

/** Runs until TERM or INT; shared with the drop-in `knockd`, which answers with the signal's number. */
export async function runDaemon(flags: Flags, style: RunStyle): Promise<number> {
  process.on('SIGUSR1', () => {}); // Or node would open its inspector to whoever may send signals.
  const configuration = load(flags);
  if (configuration === undefined) return EXIT.failed;
  const interfaces = interfacesOf(flags, configuration);
  if (isSet(flags, 'dry-run')) {
    for (const line of dryRun(configuration, interfaces)) print(line);
    return EXIT.done;
  }

  const output = new EventOutput(configuration, style, isSet(flags, 'json'));
  const daemon = await Daemon.start({
    configuration,
    interfaces,
    onlyIpv4: isSet(flags, 'only-ip-v4'),
    report: (event) => output.event(event),
    reportSuppressed: (count) => output.suppressed(count),
    say: (line) => say(`${style.name}: ${line}`),
    ...output.commandReports(),
  });
  const ended = endBySignal(daemon, flags, output);
  output.listening(interfaces);
  output.closing(await daemon.run());
  return style.name === 'knockd' ? ended.signalNumber : EXIT.done;
}

/** A door that opens ports must be about this host. */
function load(flags: Flags): Configuration | undefined {
  return loadOrExplain(flags, (loaded) => checkTargets(loaded, localAddresses(['any'])));
}

function interfacesOf(flags: Flags, { options }: Configuration): readonly string[] {
  const named = allTexts(flags, 'interface');
  if (named.length > 0) return named;
  return options.interfaces.length > 0 ? options.interfaces : [defaultInterface()];
}

/** TERM and INT end the daemon, HUP makes it read its file again; a broken file changes nothing. */
function endBySignal(daemon: Daemon, flags: Flags, output: EventOutput): { signalNumber: number } {
  const ended = { signalNumber: 0 };
  const end = (signalNumber: number) => () => {
    ended.signalNumber = signalNumber;
    void daemon.stop();
  };
  process.on('SIGINT', end(2));
  process.on('SIGTERM', end(15));
  process.on('SIGHUP', () => {
    output.reloading();
    const configuration = load(flags);
    if (configuration === undefined) return;
    daemon.reload(configuration).then(
      () => output.reloaded(configuration),
      (error: unknown) => {
        say(`postern: reload failed, the old configuration stays: ${(error as Error).message}`);
      },
    );
  });
  return ended;
}
