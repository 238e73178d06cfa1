#!/usr/bin/env node
import { CaptureError } from '../source/capture-error.ts';
import { configFlags, DEFAULT_CONFIG, isSet, type Flags } from './command.ts';
import { EXIT } from './exit-code.ts';
import { makeParser, sayUsage, UsageError } from './parser.ts';
import { runDaemon } from './run.ts';
import { endQuietlyOnClosedPipe, print, say } from './terminal.ts';

/** The daemon under knockd's name and with knockd's flags; operands are ignored, as knockd does. */
export async function main(args: readonly string[]): Promise<number> {
  process.title = 'knockd';
  try {
    const flags = (await configFlags(makeParser('knockd', args))
      .usage('Usage: $0 [options]')
      .default('config', DEFAULT_CONFIG)
      .option('interface', {
        alias: 'i',
        type: 'string',
        requiresArg: true,
        describe: 'interface to watch',
      })
      .option('verbose', { alias: 'v', type: 'boolean', describe: 'event lines on stdout' })
      .option('only-ip-v4', { alias: '4', type: 'boolean', describe: 'leave IPv6 out' })
      .version(false)
      .option('version', { alias: 'V', type: 'boolean', describe: 'print the version' })
      .strict(false)
      .strictOptions()
      .fail((message, error) => {
        throw error ?? new UsageError(message);
      })
      .parseAsync()) as Flags;
    if (isSet(flags, 'help')) return EXIT.done;
    if (isSet(flags, 'version')) {
      print('knockd 0.8 (Postern)');
      return EXIT.done;
    }
    return await runDaemon(flags, { name: 'knockd', isQuiet: !isSet(flags, 'verbose') });
  } catch (error) {
    if (error instanceof UsageError) return sayUsage('knockd', error);
    if (error instanceof CaptureError || (error instanceof Error && 'code' in error)) {
      say(`knockd: ${error.message}`);
      return EXIT.failed;
    }
    throw error;
  }
}

endQuietlyOnClosedPipe();
process.exitCode = await main(process.argv.slice(2));
