import { CaptureError } from '../source/capture-error.ts';
import { packageVersion } from '../package-version.ts';
import type { Flags } from './command.ts';
import { COMMANDS } from './commands.ts';
import { EXIT } from './exit-code.ts';
import { makeParser } from './parser.ts';
import { say } from './terminal.ts';
import { asUsage, sayUsage, UsageError } from './usage-error.ts';

/** Runs one command line; the exit code. */
export async function postern(args: readonly string[]): Promise<number> {
  let chosen: (() => Promise<number>) | undefined;
  const parser = makeParser('postern', args)
    .usage('Usage: $0 COMMAND [options]\n\nA port-knock engine for high-traffic Linux hosts.')
    .version(packageVersion())
    .demandCommand(1, 'which command?')
    .fail((message, error) => {
      throw asUsage(message, error);
    });
  for (const entry of COMMANDS) {
    parser.command(
      entry.usage,
      entry.summary,
      async (inner) => {
        const { example, flags } = await entry.load();
        return flags(inner).example(...example);
      },
      (flags) => {
        chosen = async () => (await entry.load()).run(flags as Flags);
      },
    );
  }
  try {
    await parser.parseAsync();
    return chosen === undefined ? EXIT.done : await chosen();
  } catch (error) {
    return explain(asUsage(undefined, error as Error)); // not all that yargs finds wrong comes through fail()
  }
}

/** Of an input that can't be read; the others are of interfaces. */
const IN_A_FILE: ReadonlySet<string> = new Set([
  'CAPTURE_NOT_READABLE',
  'CAPTURE_NOT_A_CAPTURE',
  'CAPTURE_TRUNCATED',
  'CAPTURE_CORRUPT',
  'CAPTURE_LINK_TYPE',
]);

/** Known errors are one line; anything else is a defect and keeps its stack. */
function explain(error: unknown): number {
  if (error instanceof UsageError) return sayUsage('postern', error);
  if (error instanceof CaptureError) {
    say(`postern: ${error.message}`);
    return IN_A_FILE.has(error.code) ? EXIT.usage : EXIT.failed;
  }
  if (error instanceof Error && 'code' in error) {
    say(`postern: ${error.message}`);
    return EXIT.failed;
  }
  throw error;
}
