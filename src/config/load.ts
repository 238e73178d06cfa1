import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Door, Step } from '../door/door.ts';
import { ConfigError } from './config-error.ts';
import type { Configuration } from './configuration.ts';
import type { DoorDraft } from './drafts.ts';
import { firstSequence } from './one-time-file.ts';
import { statements, type Fragment } from './lexer.ts';
import { readSections, type Sections } from './sections.ts';
import { Report } from './report.ts';
import { systemText } from './system-text.ts';
import { toDoor } from './to-doors.ts';
import { toOptions } from './to-options.ts';

export interface LoadOptions {
  /** What is surely a mistake is an error, though 0.8 takes it. */
  readonly strict?: boolean;
  /** `--compat`: as `compat = knockd` in the file. */
  readonly compat?: 'knockd' | undefined;
  /** Values of options that the file leaves out, by the directive's name: flags that a file beats. */
  readonly initial?: Readonly<Record<string, string>>;
}

export interface Loaded {
  /** As it was named. */
  readonly file: string;
  /** Undefined if there is any error. */
  readonly configuration?: Configuration;
  /** In the order in which 0.8 would come upon them; `inFileOrder` sorts them for people. */
  readonly problems: readonly ConfigError[];
  /** Where a door's title and directives stand, for later checks. */
  readonly places: ReadonlyMap<Door, DoorPlaces>;
}

export interface DoorPlaces {
  readonly title: Fragment;
  /** By name as the table of directives writes it. */
  readonly directives: ReadonlyMap<string, Fragment>;
}

/** No configuration is that long; `/dev/zero` is. */
const MOST_BYTES = 64 << 20;

/** Reads and checks a configuration file, and the one-time files that it names. Does not throw. */
export function loadConfiguration(path: string, options: LoadOptions = {}): Loaded {
  const bytes = readBytes(path);
  if (bytes instanceof ConfigError) return { file: path, problems: [bytes], places: new Map() };
  return parseConfiguration(bytes, path, options);
}

/** The same for a text at hand; `file` names it in messages and places relative paths nowhere special. */
export function parseConfiguration(
  content: string | Uint8Array,
  file: string,
  { strict = false, compat, initial = {} }: LoadOptions = {},
): Loaded {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  const report = new Report(file, strict);
  const lines = [...statements(bytes.toString('latin1'), report)];
  const sections = readSections(lines, compat, initial, report);
  const doors = makeDoors(sections, report);
  const options = toOptions(sections, resolvePath, report);
  const { problems } = report;
  const places = new Map([...doors].map(([door, draft]) => [door, placesOf(draft)]));
  if (report.hasErrors) return { file, problems, places };
  const configuration = { file: resolve(file), options, doors: [...doors.keys()] };
  return { file, configuration, problems, places };
}

function makeDoors({ doors, isCompat }: Sections, report: Report): Map<Door, DoorDraft> {
  const made = new Map<Door, DoorDraft>();
  const context = { isCompat, oneTimeSequence, resolve: resolvePath };
  for (const draft of doors) {
    const door = toDoor(draft, context, report);
    if (door !== undefined) made.set(door, draft);
  }
  return made;
}

function placesOf({ title, places }: DoorDraft): DoorPlaces {
  return { title, directives: places };
}

/** The first usable line of a one-time file; 0.8 must be able to read and to write it. */
function oneTimeSequence(draft: DoorDraft, report: Report): Step[] | undefined {
  const path = draft.oneTimeSequences!;
  const at = draft.places.get('One_Time_Sequences')!;
  const bytes = readBytes(path, 'r+');
  if (bytes instanceof ConfigError) {
    const { knockdLine } = bytes;
    return report.error(at, 'CONFIG_ONE_TIME_FILE', `${path}: ${bytes.message}`, { knockdLine });
  }
  const onBad = (why: string, number: number): void => {
    const message = `${path}:${number}: ${why}; the line is passed over`;
    report.warning(at, 'CONFIG_ONE_TIME_FILE', message);
  };
  const line = firstSequence(bytes.toString('latin1'), draft.name, onBad);
  if (line !== undefined) return [...line.steps];
  const message = `no more sequences left in the one time sequences file for door ${draft.name} --> disabling the door`;
  return report.error(at, 'CONFIG_ONE_TIME_FILE', `${path} has no sequence left`, {
    knockdLine: message,
  });
}

/** 0.8 looks up relative paths from `/` once it is a daemon; here they mean what they mean at the start. */
function resolvePath(path: string): string {
  return resolve(path);
}

function readBytes(path: string, flags: 'r' | 'r+' = 'r'): Buffer | ConfigError {
  try {
    const file = openSync(path, flags);
    try {
      return readAll(file, path);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return unreadable(path, 'CONFIG_UNREADABLE', systemText(error as NodeJS.ErrnoException));
  }
}

function readAll(file: number, path: string): Buffer | ConfigError {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 16);
    const length = readSync(file, chunk, 0, chunk.length, null);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    size += length;
    if (size > MOST_BYTES) {
      const reason = `over ${MOST_BYTES >> 20} MB is no configuration`;
      return unreadable(path, 'CONFIG_TOO_LARGE', reason);
    }
  }
}

function unreadable(
  file: string,
  code: 'CONFIG_UNREADABLE' | 'CONFIG_TOO_LARGE',
  reason: string,
): ConfigError {
  const place = { file, line: 0, column: 0, length: 0, lineText: '' };
  const knockdLine = `${file}: ${reason}`;
  return new ConfigError(reason, { severity: 'error', code, place, knockdLine });
}
