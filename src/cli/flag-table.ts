import type { Argv, Options, PositionalOptions } from 'yargs';
import type { Flag, Operand, ProgramCommand } from '../packaging/program.ts';
import type { LoadedCommand } from './command.ts';

/** The flags and operands of a command, as it declares them to yargs. */
export function tableOf(command: LoadedCommand): ProgramCommand {
  const recorder = new Recorder();
  command.flags(recorder as unknown as Argv);
  const [name, ...words] = command.usage.split(' ');
  return {
    name: name!,
    summary: command.summary,
    flags: recorder.flags,
    operands: words.map((word) => operand(word, recorder.operands)),
  };
}

/** Stands in for a parser, and keeps what is declared. What is said of defaults and the like adds no flag. */
class Recorder {
  readonly flags: Flag[] = [];
  readonly operands = new Map<string, PositionalOptions>();

  option(long: string, options: Options): this {
    const { alias, type, choices, describe } = options;
    this.flags.push({
      short: typeof alias === 'string' ? alias : undefined,
      long,
      argument: type === 'boolean' ? undefined : argumentOf(long, choices),
      choices: choices?.map(String),
      help: String(describe),
    });
    return this;
  }

  positional(name: string, options: PositionalOptions): this {
    this.operands.set(name, options);
    return this;
  }

  default(): this {
    return this;
  }

  demandOption(): this {
    return this;
  }
}

function argumentOf(long: string, choices: Options['choices']): string {
  return choices?.join('|') ?? ARGUMENTS.get(long) ?? long.toUpperCase();
}

/** What the values of flags are called where the flag's own name does not tell. */
const ARGUMENTS: ReadonlyMap<string, string> = new Map([
  ['config', 'FILE'],
  ['out', 'FILE'],
  ['html', 'FILE'],
  ['passphrase', 'FILE'],
  ['state-folder', 'FOLDER'],
  ['open-for', 'DURATION'],
  ['for', 'DURATION'],
  ['trial', 'DURATION'],
  ['trusted', 'NETWORKS'],
]);

/** `<name>`, `[name]`, `<name..>` */
function operand(word: string, described: ReadonlyMap<string, PositionalOptions>): Operand {
  const name = word.replaceAll(/[<>[\].]/g, '');
  const options = described.get(name);
  return {
    name,
    isOptional: word.startsWith('['),
    isRepeated: word.includes('..'),
    choices: (options?.choices ?? []).map(String),
    help: String(options?.describe ?? ''),
  };
}
