import type { Argv } from 'yargs';
import { givenFiles } from '../lab/given-files.ts';
import { pageText } from '../lab/page-text.ts';
import { servePage } from '../lab/serve.ts';
import { replaceFile } from '../replace-file.ts';
import { isSet, lastText, type Command, type Flags } from './command.ts';
import { EXIT } from './exit-code.ts';
import { UsageError } from './usage-error.ts';
import { Signals } from './signals.ts';
import { print, say } from './terminal.ts';

export const lab: Command = {
  example: ['$0 lab', 'its address; it is served until Ctrl-C'],
  flags: (parser: Argv) =>
    parser
      .option('config', {
        alias: 'c',
        type: 'string',
        requiresArg: true,
        describe: 'door file that the page begins with',
      })
      .option('with-secrets', {
        type: 'boolean',
        describe: 'put the keys that the door file names into the page, too',
      })
      .option('port', { type: 'string', requiresArg: true, describe: 'default: any that is free' })
      .option('html', {
        type: 'string',
        requiresArg: true,
        describe: 'write the page as one file, and serve nothing',
      }),
  run: async (flags) => {
    const page = pageText(filesFor(flags));
    const file = lastText(flags, 'html');
    if (file === undefined) return serve(page, portOf(flags));
    replaceFile(file, page);
    return EXIT.done;
  },
};

function filesFor(flags: Flags): ReturnType<typeof givenFiles> {
  const config = lastText(flags, 'config');
  const withSecrets = isSet(flags, 'with-secrets');
  if (config !== undefined) return givenFiles(config, withSecrets);
  if (withSecrets) throw new UsageError('--with-secrets: of which door file? Say --config FILE');
  return [];
}

async function serve(page: string, port: number): Promise<number> {
  const signals = new Signals();
  await using served = await servePage(page, port);
  print(served.url);
  say('postern: for this host alone, until Ctrl-C; nothing that is typed into it leaves it');
  await signals.end;
  return EXIT.done;
}

function portOf(flags: Flags): number {
  const text = lastText(flags, 'port') ?? '0';
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError(`--port ${text}: no port`);
}
