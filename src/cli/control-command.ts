import type { Argv } from 'yargs';
import { ControlClient, NotRunningError } from '../control/client.ts';
import { ControlError } from '../control/control-error.ts';
import { isSet, lastText, type Flags } from './command.ts';
import { EXIT } from './exit-code.ts';
import { print, say } from './terminal.ts';

const DEFAULT_SOCKET = '/run/postern/control.sock';

/** Flags of all commands that speak with a running daemon. */
export function controlFlags(parser: Argv): Argv {
  return parser
    .option('socket', {
      alias: 's',
      type: 'string',
      requiresArg: true,
      default: DEFAULT_SOCKET,
      describe: "the daemon's control socket",
    })
    .option('json', { type: 'boolean', describe: 'the answer as JSON' });
}

/** The same, of commands that change something. */
export function changingFlags(parser: Argv): Argv {
  return controlFlags(parser).option('dry-run', {
    type: 'boolean',
    describe: 'say what would be done, and do nothing',
  });
}

/** What a request says where nothing is to be done; undefined: it is to be done. */
export function dryRun(flags: Flags): true | undefined {
  return isSet(flags, 'dry-run') || undefined;
}

/** Asks the daemon, and prints what `lines` makes of its answer, or with `--json` the answer; the exit code. */
export async function askDaemon<Answer>(
  flags: Flags,
  question: Readonly<Record<string, unknown>> & { readonly do: string },
  lines: (answer: Answer) => readonly string[],
): Promise<number> {
  return withDaemon(flags, async (client) => {
    const answer = await client.ask(question);
    if (isSet(flags, 'json')) print(JSON.stringify(answer));
    else for (const line of lines(answer as Answer)) print(line);
    return EXIT.done;
  });
}

/** Connects, and explains what goes wrong. */
export async function withDaemon(
  flags: Flags,
  use: (client: ControlClient) => Promise<number>,
): Promise<number> {
  const path = lastText(flags, 'socket')!;
  try {
    using client = await ControlClient.connect(path);
    return await use(client);
  } catch (error) {
    if (error instanceof NotRunningError) {
      say(`postern: ${error.message}`);
      return EXIT.notRunning;
    }
    if (error instanceof ControlError) {
      say(`postern: ${error.message}`);
      return EXIT.failed;
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    say(`postern: ${path} is not for you: ask root, or join the group that the socket belongs to`);
    return EXIT.failed;
  }
}
