import { resolve } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import type { DoorCommands } from '../door/door.ts';
import { PLACES } from './places.ts';

export type UnitName = 'postern.service' | 'knockd.service';

/** The unit that fits a configuration, and what in it asks for root if it is the one that has it. */
export interface UnitChoice {
  readonly unit: UnitName;
  readonly why: string;
}

/** The daemon gets a user of its own, unless something in the configuration is beyond his rights. */
export function unitFor(configuration: Configuration): UnitChoice {
  const why = needOfRoot(configuration);
  return why === undefined
    ? { unit: 'postern.service', why: 'no door needs root' }
    : { unit: 'knockd.service', why };
}

function needOfRoot({ doors, options }: Configuration): string | undefined {
  const { logFile, stateFolder, hooks } = options;
  if (hooks.up !== undefined || hooks.down !== undefined) return 'it runs up or down commands';
  for (const { name, commands, isAction, oneTimeSequences } of doors) {
    if (hasCommands(commands)) {
      return isAction === true ? `action "${name}" runs a program` : `door "${name}" runs commands`;
    }
    if (oneTimeSequences !== undefined && !isBelow(oneTimeSequences, PLACES.state)) {
      return `the one-time sequences of door "${name}" lie outside ${PLACES.state}`;
    }
  }
  if (logFile !== undefined && !isBelow(logFile, PLACES.logs)) {
    return `the log file lies outside ${PLACES.logs}`;
  }
  if (resolve(stateFolder) !== PLACES.state) return `the state folder is not ${PLACES.state}`;
  return undefined;
}

function hasCommands(commands: DoorCommands = {}): boolean {
  const { start, start6, stop, stop6, run } = commands;
  return [start, start6, stop, stop6, run].some(Boolean);
}

function isBelow(path: string, folder: string): boolean {
  return resolve(path).startsWith(`${folder}/`);
}
