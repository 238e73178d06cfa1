import type { Argv } from 'yargs';
import { parseDuration } from '../config/values.ts';
import { UsageError } from './usage-error.ts';

/**
 * One command of `postern` as the list of all shows it. It is loaded when somebody asks for it: most are
 * short, the daemon is not.
 */
export interface CommandEntry {
  /** As yargs reads it: `replay <files...>`. */
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Its example, its flags, and what it does. */
export interface Command {
  readonly example: readonly [line: string, what: string];
  readonly flags: (parser: Argv) => Argv;
  /** The exit code. What it throws is a defect, unless it is one of our own errors. */
  readonly run: (flags: Flags) => Promise<number>;
}

export type LoadedCommand = Omit<CommandEntry, 'load'> & Command;

/** Values by flag name, as yargs gives them; repeated single flags come as arrays. */
export type Flags = Readonly<Record<string, unknown>>;

/** The last value of a flag that may have been given several times. */
export function lastText(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' ? asTyped(last) : undefined;
}

/** All values of a flag that may be repeated. */
export function allTexts(flags: Flags, name: string): string[] {
  const value = flags[name];
  const all: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return all.map((text) => asTyped(String(text)));
}

/** The door file that the flags name. */
export function configFile(flags: Flags): string {
  const file = lastText(flags, 'config') ?? DEFAULT_CONFIG;
  if (file === '') throw new UsageError('--config names no file');
  return file;
}

/** Stands for `-` on its way through yargs, which takes that for the beginning of a flag; commands see `-` again. */
export const STANDARD_INPUT = '\u0000-';

/** `--compat`, one of `configFlags`. */
export function compatOf(flags: Flags): 'knockd' | undefined {
  return lastText(flags, 'compat') === 'knockd' ? 'knockd' : undefined;
}

function asTyped(text: string): string {
  return text === STANDARD_INPUT ? '-' : text;
}

export function isSet(flags: Flags, name: string): boolean {
  const value = flags[name];
  return Array.isArray(value) ? value.at(-1) === true : value === true;
}

/** Flags that every command with a configuration has. */
export function configFlags(parser: Argv): Argv {
  return parser
    .option('config', { alias: 'c', type: 'string', describe: 'door file', requiresArg: true })
    .option('compat', {
      type: 'string',
      choices: ['knockd'],
      describe: "knockd 0.8's exact behaviour",
      requiresArg: true,
    });
}

export const DEFAULT_CONFIG = '/etc/knockd.conf';

/** What a flag says as a time; undefined where it is not given. */
export function seconds(flags: Flags, name: string): number | undefined {
  const text = lastText(flags, name);
  const value = text === undefined ? undefined : parseDuration(text);
  if (text === undefined || (value !== undefined && value > 0)) return value;
  throw new UsageError(`--${name} ${text}: not a time like 90s, 10m or 2h`);
}
