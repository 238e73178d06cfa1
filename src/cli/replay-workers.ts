import { closeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { actionsOf } from '../door/action.ts';
import type { Door } from '../door/door.ts';
import { openInput } from '../source/capture-input.ts';
import { hasNative } from '../native.ts';
import { UsageError } from './usage-error.ts';
import { say } from './terminal.ts';

const MOST = 64;

/** What is to be replayed, as far as it matters to who may share in it. */
export interface Replayed {
  readonly files: readonly string[];
  readonly doors: readonly Door[];
  readonly compat: 'knockd' | undefined;
  readonly isLog: boolean;
  readonly isPaced: boolean;
}

export function parseWorkers(text: string): number {
  if (text === 'auto') return Math.min(availableParallelism(), MOST);
  const workers = Number(text);
  if (/^\d+$/.test(text) && workers >= 1 && workers <= MOST) return workers;
  throw new UsageError(`--workers ${text}: from 1 to ${MOST}, or auto`);
}

/** As many as were asked for, or one, and a line that says why. */
export function workersFor(asked: number, replayed: Replayed): number {
  if (asked === 1) return 1;
  const why = reasonAgainst(replayed);
  if (why === undefined) return asked;
  say(`one worker: ${why}`);
  return 1;
}

/** With several matchers all must be as with one, line by line. */
function reasonAgainst(replayed: Replayed): string | undefined {
  const { files, doors, compat, isLog, isPaced } = replayed;
  if (!hasNative()) return 'without the addon the reader is what takes the time';
  if (compat !== undefined) return '0.8 has no others';
  if (isPaced) return 'at a speed that is given, one has time enough';
  if (files.length !== 1) return 'attempts go on from one file to the next';
  if (isLog || !isRegular(files[0]!))
    return 'only a capture that is a file, and not packed, is shared';
  const door = doors.find((each) => depends(each));
  return door && `what door ${door.name} asks for depends on what was knocked before`;
}

/** Whether one opening changes what another knock comes to. */
function depends(door: Door): boolean {
  const { encoded, oneTimeSequences } = door;
  if (encoded !== undefined || oneTimeSequences !== undefined) return true;
  return actionsOf(door).some(({ effect }) => effect.kind === 'ignore');
}

/** What can't be opened is said by who reads it. */
function isRegular(file: string): boolean {
  if (file === '-') return false;
  try {
    const input = openInput(file, { asStream: false });
    if (input.kind === 'file') closeSync(input.fd);
    else input.destroy();
    return input.kind === 'file';
  } catch {
    return false;
  }
}
