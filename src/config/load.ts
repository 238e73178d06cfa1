import { resolve } from 'node:path';
import type { Door } from '../door/door.ts';
import type { Step } from '../door/step.ts';
import { ConfigError } from './config-error.ts';
import type { Configuration } from './configuration.ts';
import type { ActionDraft, DoorDraft } from './drafts.ts';
import { readWithIncludes } from './include.ts';
import type { Fragment } from './lexer.ts';
import { firstSequence } from './one-time-file.ts';
import { readBytes } from './read-file.ts';
import { readSections, type Sections } from './sections.ts';
import { Report } from './report.ts';
import { ActionBook } from './to-actions.ts';
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
  /** That one, and those it includes. */
  readonly files: readonly string[];
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

/** Reads and checks a configuration file, and the one-time files that it names. Does not throw. */
export function loadConfiguration(path: string, options: LoadOptions = {}): Loaded {
  const bytes = readBytes(path);
  if (bytes instanceof ConfigError)
    return { file: path, files: [path], problems: [bytes], places: new Map() };
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
  const { lines, files } = readWithIncludes(bytes, file, report);
  const sections = readSections(lines, compat, initial, report);
  const book = new ActionBook(sections.actions, sections.doors, report);
  const doors = makeDoors(sections, book, report);
  const options = toOptions(sections, resolvePath, report);
  const { problems } = report;
  const places = new Map([...doors].map(([door, draft]) => [door, placesOf(draft)]));
  if (report.hasErrors) return { file, files, problems, places };
  const configuration = { file: resolve(file), options, doors: [...doors.keys()] };
  return { file, files, configuration, problems, places };
}

/** The doors, and behind them those that actions open. */
function makeDoors(
  { doors, actions, options, isCompat }: Sections,
  book: ActionBook,
  report: Report,
): Map<Door, DoorDraft | ActionDraft> {
  const made = new Map<Door, DoorDraft | ActionDraft>();
  const context = { isCompat, setDefaults: options, oneTimeSequence, resolve: resolvePath };
  for (const draft of doors) {
    const door = toDoor(draft, context, report);
    if (door !== undefined) made.set({ ...door, ...book.listsOf(draft) }, draft);
  }
  for (const door of book.doors) {
    made.set(
      door,
      actions.find(({ name }) => name === door.name)!,
    );
  }
  return made;
}

function placesOf({ title, places }: DoorDraft | ActionDraft): DoorPlaces {
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
