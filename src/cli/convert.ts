import { readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Argv } from 'yargs';
import { inFileOrder } from '../config/config-error.ts';
import { printable } from '../config/printable.ts';
import { convert as convertText, type Conversion } from '../config/convert/convert.ts';
import { parseConfiguration } from '../config/load.ts';
import { isSet, lastText, type Command, type Flags } from './command.ts';
import { EXIT } from './exit-code.ts';
import { UsageError } from './usage-error.ts';
import { say } from './terminal.ts';

export const convert: Command = {
  example: ['$0 convert /etc/knockd.conf --diff', 'what would change, and why the rest would not'],
  flags: (parser: Argv) =>
    parser
      .positional('file', { type: 'string', describe: 'knockd.conf' })
      .option('diff', { type: 'boolean', describe: 'show the changes alone' })
      .option('out', { type: 'string', requiresArg: true, describe: 'write a new file' })
      .option('guard', {
        type: 'string',
        choices: ['yes', 'no'],
        requiresArg: true,
        describe: 'shut the ports for all who have not knocked (default no)',
      })
      .option('trusted', {
        type: 'string',
        requiresArg: true,
        describe: 'networks that the guard leaves alone',
      })
      .option('open-for', {
        type: 'string',
        requiresArg: true,
        describe: 'close by itself what only another knock would close',
      }),
  run: async (flags) => {
    const file = lastText(flags, 'file')!;
    const options = optionsOf(flags);
    const conversion = convertText(readFileSync(file, 'latin1'), file, options);
    for (const problem of inFileOrder(conversion.problems, [file])) {
      if (problem.severity === 'error') say(problem.format());
    }
    if (conversion.problems.some(({ severity }) => severity === 'error')) {
      say(`postern: ${file} can't be loaded, so it can't be converted`);
      return EXIT.failed;
    }
    write(conversion, file, flags);
    for (const line of summary(conversion, file, options.guard)) say(line);
    return EXIT.done;
  },
};

function optionsOf(flags: Flags): { guard: boolean; trusted?: string; openFor?: string } {
  const trusted = lastText(flags, 'trusted');
  const openFor = lastText(flags, 'open-for');
  const guard = lastText(flags, 'guard') ?? (trusted === undefined ? 'no' : 'yes');
  if (trusted !== undefined) {
    if (guard === 'no') throw new UsageError('--trusted is about a guard, --guard no wants none');
    checkDirective('trusted', `[options]\ntrusted = ${trusted}`);
  }
  if (openFor !== undefined) checkDirective('open-for', `[x]\nsequence = 1\nopen_for = ${openFor}`);
  return {
    guard: guard === 'yes',
    ...(trusted === undefined ? {} : { trusted }),
    ...(openFor === undefined ? {} : { openFor }),
  };
}

/** A value must be one that the file may have. */
function checkDirective(flag: string, text: string): void {
  const wrong = parseConfiguration(text, flag).problems.find(
    ({ severity }) => severity === 'error',
  );
  if (wrong !== undefined) throw new UsageError(`--${flag}: ${wrong.message}`);
}

function write({ edits }: Conversion, file: string, flags: Flags): void {
  const out = lastText(flags, 'out');
  if (isSet(flags, 'diff')) process.stdout.write(edits.diff(file, out ?? file), 'latin1');
  // What it holds is as secret as it was, and a file that is there is somebody's.
  if (out !== undefined) {
    const mode = statSync(file).mode & 0o777;
    writeFileSync(out, edits.text(), { encoding: 'latin1', flag: 'wx', mode });
  } else if (!isSet(flags, 'diff')) {
    process.stdout.write(edits.text(), 'latin1');
  }
}

function summary({ outcomes, mark }: Conversion, file: string, guard: boolean): string[] {
  const lines = outcomes.map(({ kind, door, line, note }) => {
    const what = kind === 'left' ? 'left as it is: ' : kind === 'converted' ? '' : `${kind}: `;
    return `${file}:${line}: door "${printable(door)}" ${what}${note}`;
  });
  if (guard || !outcomes.some(({ kind }) => kind === 'converted')) return lines;
  return [
    ...lines,
    'Your own rules shut these ports. So that they let in who knocked, put one of these before what drops:',
    `  nft insert rule inet filter input 'meta mark & ${mark} != 0 accept'`,
    `  iptables -I INPUT -m mark --mark ${mark}/${mark} -j ACCEPT    # ip6tables likewise`,
    `  nft insert rule inet firewalld filter_INPUT 'meta mark & ${mark} != 0 accept'    # firewalld: again after each reload`,
    'with ufw, above COMMIT in /etc/ufw/before.rules (before6.rules likewise, with ufw6):',
    `  -A ufw-before-input -m mark --mark ${mark}/${mark} -j ACCEPT`,
    'or let Postern shut them itself: --guard yes, with --trusted for networks that need no knock.',
  ];
}
