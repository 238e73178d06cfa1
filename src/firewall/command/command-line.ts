import type { DoorCommands } from '../../door/door.ts';
import { formatAddress, type Address } from '../../tuple/address.ts';
import type { Command } from './shell.ts';

/** What runs for one opening. */
export interface CommandPair {
  readonly start: Command;
  /** May be empty: then its time is waited for and logged all the same. */
  readonly stop: string | undefined;
}

/** A command that came out too long, which one. */
export type TooLong = { readonly tooLong: 'start' | 'stop' };

/** knockd's own limit on a command, in bytes, behind the substitution. */
export const MAX_COMMAND_BYTES = 4095;

/**
 * The commands for an address, with every `%IP%` replaced by its text and nothing else touched: what a
 * stranger sends never reaches the shell. Undefined if nothing is to run.
 */
export function commandsFor(
  commands: DoorCommands,
  source: Address,
): CommandPair | TooLong | undefined {
  if (commands.run !== undefined) return programFor(commands.run, source);
  const isSix = source.family === 6;
  // Given but empty is no fallback: then nothing runs for IPv6.
  const start = isSix ? (commands.start6 ?? commands.start) : commands.start;
  const stop = isSix ? (commands.stop6 ?? commands.stop) : commands.stop;
  if (start === undefined || start === '') return undefined;
  const pair = { start: withAddress(start, source), stop: stop && withAddress(stop, source) };
  if (isTooLong(pair.start)) return { tooLong: 'start' };
  if (pair.stop !== undefined && isTooLong(pair.stop)) return { tooLong: 'stop' };
  return pair;
}

function programFor(
  [program, ...rest]: readonly [string, ...string[]],
  source: Address,
): CommandPair | TooLong {
  const start = [program, ...rest.map((text) => withAddress(text, source))] as const;
  return isTooLong(start.join(' ')) ? { tooLong: 'start' } : { start, stop: undefined };
}

function withAddress(command: string, source: Address): string {
  return command.replaceAll('%IP%', formatAddress(source));
}

function isTooLong(command: string): boolean {
  return Buffer.byteLength(command) > MAX_COMMAND_BYTES;
}
