import { checkTrustOfRoot } from '../config/file-trust.ts';
import { loadConfiguration } from '../config/load.ts';
import { Socket } from 'node:net';
import { keepDescriptors } from '../daemon/descriptors.ts';
import { ConfiguredLimits } from '../daemon/command-limits.ts';
import { commandText } from '../daemon/command-text.ts';
import { HELPER_STREAM } from '../daemon/rights/helper.ts';
import { bookIn } from '../daemon/stop-books.ts';
import type { Configuration } from '../config/configuration.ts';
import type { HookCommands } from '../door/hooks.ts';
import { commandFirewall, type CommandEvent } from '../firewall/command/command.ts';
import { commandsDigest } from '../firewall/command/helper/commands-digest.ts';
import { serveCommands } from '../firewall/command/helper/serve.ts';
import { shellHooks } from '../firewall/command/hooks.ts';
import { formatAddress } from '../tuple/address.ts';
import { say } from './terminal.ts';

/**
 * Runs commands as root for a daemon that is root no more. It reads the configuration itself, and takes
 * from the daemon nothing but doors' numbers and addresses. When the daemon ends, what is still to stop
 * is run at its time, as 0.8's children outlive it.
 */
const [file, compat, stateFolder, instance] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
let hooks: HookCommands = { limitSeconds: 0 };
let isAlone = false;
let wasTold = false;

const first = load();
if (typeof first === 'string') {
  say(`postern: ${first}`);
  process.exit(1);
}
keepDescriptors();
const stream = new Socket({ fd: HELPER_STREAM });
const limits = new ConfiguredLimits();
const commands = commandFirewall({
  ...limits.of(first.options),
  book: bookIn(stateFolder, instance),
  onEvent: tell,
});
const server = serveCommands({
  stream,
  commands,
  hooks: shellHooks({ commands: () => hooks, output: () => limits.output, onEvent: tell }),
  read,
  onEnd() {
    isAlone = true;
    if (wasTold) process.exit(0);
  },
  onNonsense() {
    say('postern: the daemon asks its helper for what no daemon asks: the helper ends');
    process.exit(1);
  },
});

// A service manager tells all processes of a daemon to end: this one does when the daemon has, and then
// at once, since its stop commands are kept. Who tells the daemon alone has them run at their time.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1']) {
  process.on(signal, () => {
    if (signal !== 'SIGTERM') return;
    wasTold = true;
    if (isAlone) process.exit(0);
  });
}

/** What root runs comes from files that nobody else can write to. */
function load(): Configuration | string {
  const options = { compat: compat === 'knockd' ? ('knockd' as const) : undefined };
  const { configuration, files } = loadConfiguration(file, options);
  if (configuration === undefined) return `${file} can't be loaded by the helper`;
  return checkTrustOfRoot(files, configuration)?.format() ?? configuration;
}

function read(digest: Uint8Array): Configuration['doors'] | string {
  const configuration = load();
  if (typeof configuration === 'string') return configuration;
  const { doors, options } = configuration;
  if (Buffer.compare(digest, commandsDigest(doors, options.hooks)) !== 0) {
    return `${file} has changed while it was read; try again`;
  }
  hooks = options.hooks;
  commands.adjust(limits.of(options));
  return doors;
}

/** The daemon has words and logs for it; alone there is stderr. */
function tell(event: CommandEvent): void {
  if (!isAlone) return server.tell(event);
  say(`postern: ${commandText(event, formatAddress(event.source)).text}`);
}
