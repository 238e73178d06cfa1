import type { ConfigError } from '../config-error.ts';
import { DOOR } from '../door-directives.ts';
import { findDirective } from '../directive.ts';
import type { DoorDraft } from '../drafts.ts';
import { statements, type Fragment, type Statement } from '../lexer.ts';
import { Report } from '../report.ts';
import { readSections } from '../sections.ts';
import { portsText } from '../../door/ports-text.ts';
import { durationText } from '../values.ts';
import { accessOf, closedBy, type DoorAccess } from './door-access.ts';
import { LineEdits } from './line-edits.ts';

export interface ConvertOptions {
  /** Whether the ports are shut for all who have no grant; default false: the rules that are there go on. */
  readonly guard?: boolean;
  /** Networks for `trusted`, with `guard`. */
  readonly trusted?: string;
  /** For how long doors open that nothing closes by the clock; default: they stay as they are. */
  readonly openFor?: string;
}

/** What became of one door. */
export interface Outcome {
  readonly kind: 'converted' | 'left' | 'commented out';
  readonly door: string;
  readonly line: number;
  /** What it does now, or why it is left as it is. */
  readonly note: string;
}

export interface Conversion {
  /** What is wrong with the file; with errors there is nothing else. */
  readonly problems: readonly ConfigError[];
  readonly outcomes: readonly Outcome[];
  readonly edits: LineEdits;
  /** The mark that packets of who has a grant bear, for rules beside Postern's. */
  readonly mark: string;
}

/** The mark that converted doors set, where the file has none of its own. */
const DEFAULT_MARK = '0x10000000';

/**
 * Turns firewall commands of knockd.conf into `open`. `bytes` is the file, a character a byte; what is
 * not understood, comments included, stays byte for byte as it is.
 */
export function convert(bytes: string, file: string, options: ConvertOptions = {}): Conversion {
  const report = new Report(file, false);
  const lines = [...statements(bytes, report)];
  const { doors, options: before } = readSections(lines, undefined, {}, report);
  const edits = new LineEdits(bytes);
  const { problems } = report;
  const mark = before.mark === undefined ? DEFAULT_MARK : `0x${before.mark.toString(16)}`;
  if (report.hasErrors) return { problems, outcomes: [], edits, mark };

  const opened = new Set<string>();
  const outcomes: Outcome[] = [];
  for (const door of doors) {
    const access = accessFor(door, options);
    if ('reason' in access) continue;
    opened.add(access.identity);
    writeDoor(door, access, lines, options, edits);
  }
  for (const door of doors) {
    const outcome = outcomeOf(door, options, opened);
    outcomes.push(outcome);
    if (outcome.kind === 'commented out') commentOut(door, lines, edits);
  }
  if (opened.size > 0) writeOptions(lines, before.mark === undefined, options, edits);
  return { problems, outcomes, edits, mark };
}

/** The access with its end; a reason where the door stays as it is. */
function accessFor(
  door: DoorDraft,
  { openFor }: ConvertOptions,
): (DoorAccess & { duration: string }) | { reason: string } {
  if (door.open.length > 0) return { reason: 'it has open already' };
  if (door.start === undefined && door.start6 === undefined)
    return { reason: 'it runs no command' };
  const access = accessOf(door);
  if ('reason' in access) return access;
  if (access.seconds !== undefined) return { ...access, duration: durationText(access.seconds) };
  if (openFor !== undefined) return { ...access, duration: openFor };
  return { reason: 'nothing closes what it opens; --open-for says when to' };
}

function outcomeOf(door: DoorDraft, options: ConvertOptions, opened: ReadonlySet<string>): Outcome {
  const at = { door: door.name, line: door.title.line.number };
  const access = accessFor(door, options);
  if (!('reason' in access)) {
    const ports = portsText(access.ports);
    const by = access.families.length === 2 ? '' : `, by IPv${access.families[0]} alone`;
    return { ...at, kind: 'converted', note: `opens ${ports} for ${access.duration}${by}` };
  }
  const closes = closedBy(door);
  if (options.openFor !== undefined && closes !== undefined && opened.has(closes)) {
    return { ...at, kind: 'commented out', note: 'what it closes now closes by itself' };
  }
  return { ...at, kind: 'left', note: access.reason };
}

const COMMANDS: ReadonlySet<string> = new Set([
  'Start_Command',
  'Start_Command_6',
  'Stop_Command',
  'Stop_Command_6',
  'Cmd_Timeout',
]);

/** In place of the start command stands what it did; the end of the grant in place of its timeout. */
function writeDoor(
  door: DoorDraft,
  access: DoorAccess & { duration: string },
  lines: readonly Statement[],
  { guard = false }: ConvertOptions,
  edits: LineEdits,
): void {
  const start = (door.places.get('Start_Command') ?? door.places.get('Start_Command_6'))!.line;
  const timeout = door.places.get('Cmd_Timeout')?.line;
  for (const { key, name } of directivesOf(door, lines)) {
    if (COMMANDS.has(name)) edits.remove(key.line.number);
  }
  const family =
    access.families.length === 2 ? [] : [access.families[0] === 4 ? '0.0.0.0/0' : '::/0'];
  const duration = ['open_for', access.duration] as const;
  edits.replace(start.number, [
    ['open', portsText(access.ports)],
    ...(timeout === undefined ? [duration] : []),
    ...(door.allowFrom === undefined ? family.map((all) => ['allow_from', all] as const) : []),
    ...(guard || door.places.has('guard') ? [] : [['guard', 'no'] as const]),
  ]);
  if (timeout !== undefined) edits.replace(timeout.number, [duration]);
}

function commentOut(door: DoorDraft, lines: readonly Statement[], edits: LineEdits): void {
  edits.comment(door.title.line.number);
  for (const { key } of directivesOf(door, lines)) edits.comment(key.line.number);
}

/** Adds what the converted doors rely on to the first `[options]`, or before all else. */
function writeOptions(
  lines: readonly Statement[],
  needsMark: boolean,
  { guard = false, trusted }: ConvertOptions,
  edits: LineEdits,
): void {
  const added: [string, string][] = [];
  if (!guard && needsMark) added.push(['mark', DEFAULT_MARK]);
  if (guard && trusted !== undefined) added.push(['trusted', trusted]);
  if (added.length === 0) return;
  const title = lines.findIndex((line) => line.kind === 'section' && line.name.text === 'options');
  const found = lines[title];
  if (found?.kind !== 'section') {
    edits.putFirst(['[options]', ...added.map(([name, value]) => `${name} = ${value}`), '']);
    return;
  }
  const next = lines[title + 1];
  edits.putBehind(
    found.name.line.number,
    added,
    next?.kind === 'directive' ? next.key.line.number : undefined,
  );
}

/** The directives of one door's section. */
function* directivesOf(
  door: DoorDraft,
  lines: readonly Statement[],
): Iterable<{ readonly key: Fragment; readonly name: string }> {
  const from = lines.findIndex((line) => line.kind === 'section' && line.name === door.title);
  for (const line of lines.slice(from + 1)) {
    if (line.kind !== 'directive') return;
    yield { key: line.key, name: findDirective(DOOR, line.key.text)?.name ?? line.key.text };
  }
}
