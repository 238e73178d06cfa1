import { ACTION } from './action-directives.ts';
import { OPTIONS } from './option-directives.ts';
import { DOOR } from './door-directives.ts';
import { findDirective, namesOf, type Directive } from './directive.ts';
import {
  emptyDoor,
  emptyOptions,
  type ActionDraft,
  type DoorDraft,
  type OptionsDraft,
} from './drafts.ts';
import type { IncludedStatement } from './include.ts';
import type { Fragment, Line } from './lexer.ts';
import type { Report } from './report.ts';
import { warnOfIdleScans } from './scan-advice.ts';
import { syntaxHint } from './syntax-hint.ts';
import { nearest } from './suggest.ts';

/** A whole file, sorted into its sections. */
export interface Sections {
  readonly options: OptionsDraft;
  readonly doors: readonly DoorDraft[];
  readonly actions: readonly ActionDraft[];
  readonly isCompat: boolean;
}

const LONGEST_NAME = 127;

/** Reads statements into drafts; afterwards every draft has its initial values where nothing was given. */
export function readSections(
  lines: readonly IncludedStatement[],
  compat: 'knockd' | undefined,
  initial: Readonly<Record<string, string>>,
  report: Report,
): Sections {
  const isCompat = compat === 'knockd' || asksForCompat(lines);
  const reader = new SectionReader(isCompat, initial, report);
  for (const statement of lines) {
    if (statement.kind === 'file') reader.beginFile();
    else if (statement.kind === 'section') reader.begin(statement.name);
    else reader.read(statement.key, statement.value);
  }
  return reader.finish();
}

/** `compat` may stand behind doors that it has a say in, so it is looked for before anything is read. */
function asksForCompat(lines: readonly IncludedStatement[]): boolean {
  let isOptions = false;
  for (const statement of lines) {
    if (statement.kind === 'file') isOptions = false;
    else if (statement.kind === 'section') isOptions = statement.name.text === 'options';
    else if (isOptions && statement.key.text.toLowerCase() === 'compat') {
      if (statement.value?.text.toLowerCase() === 'knockd') return true;
    }
  }
  return false;
}

class SectionReader {
  readonly #isCompat: boolean;
  readonly #initial: Readonly<Record<string, string>>;
  readonly #report: Report;
  readonly #options = emptyOptions();
  readonly #optionPlaces = new Map<string, Fragment>();
  readonly #doors: DoorDraft[] = [];
  readonly #actions: ActionDraft[] = [];
  readonly #names = new Map<string, Fragment>();
  /** Undefined before the first title, and behind one without a name. */
  #section: 'options' | { readonly door: DoorDraft } | { readonly action: ActionDraft } | undefined;
  #hasBegun = false;
  #lastValue = '';

  constructor(isCompat: boolean, initial: Readonly<Record<string, string>>, report: Report) {
    this.#isCompat = isCompat;
    this.#initial = initial;
    this.#report = report;
  }

  beginFile(): void {
    this.#hasBegun = false;
    this.#lastValue = '';
    this.#section = undefined;
  }

  begin(title: Fragment): void {
    this.#hasBegun = true;
    this.#lastValue = '';
    this.#section = title.text === 'options' ? 'options' : this.#beginNamed(title);
  }

  read(key: Fragment, value: Fragment | undefined): void {
    if (key.text.toLowerCase() === 'usesyslog' && this.#hasBegun) {
      this.#readSyslog(key, value);
    } else if (!this.#hasBegun) {
      this.#report.error(key, 'CONFIG_OUTSIDE_SECTION', 'a directive before the first section', {
        hint: syntaxHint(key.text, this.#lastValue),
        knockdLine: `config: line ${key.line.knockdNumber}: all directives must belong to a section`,
      });
    } else if (value === undefined) {
      this.#report.error(key, 'CONFIG_SYNTAX', 'neither a [section] nor key = value', {
        hint: syntaxHint(key.text, this.#lastValue),
        knockdLine: syntaxError(key),
      });
    } else if (this.#section === 'options') {
      this.#readWith(OPTIONS, DOOR, this.#options, this.#optionPlaces, key, value);
    } else if (this.#section !== undefined && 'action' in this.#section) {
      const { action } = this.#section;
      this.#readWith(ACTION, DOOR, action, action.places, key, value);
    } else if (this.#section !== undefined) {
      const { door } = this.#section;
      this.#readWith(DOOR, OPTIONS, door, door.places, key, value);
    }
    this.#lastValue = value?.text ?? '';
  }

  finish(): Sections {
    this.#complete(OPTIONS, this.#options, this.#optionPlaces);
    warnOfIdleScans(this.#options, this.#optionPlaces, this.#report);
    for (const door of this.#doors) this.#complete(DOOR, door, door.places);
    for (const action of this.#actions) this.#complete(ACTION, action, action.places);
    const [options, doors, actions] = [this.#options, this.#doors, this.#actions];
    return { options, doors, actions, isCompat: this.#isCompat };
  }

  /** `[action NAME]`, which 0.8 takes for a door like any other, or a door. */
  #beginNamed(title: Fragment): { door: DoorDraft } | { action: ActionDraft } | undefined {
    const [, name] = /^action\s+(\S.*)$/.exec(title.text) ?? [];
    if (name === undefined || this.#isCompat) {
      const door = this.#beginDoor(title);
      return door && { door };
    }
    this.#checkTitle(title);
    const action: ActionDraft = { name: cutBytes(name, LONGEST_NAME), title, places: new Map() };
    this.#actions.push(action);
    return { action };
  }

  #beginDoor(title: Fragment): DoorDraft | undefined {
    if (title.text === '') {
      const place = { text: '[]', line: title.line, column: title.column - 1 };
      this.#report.error(place, 'CONFIG_SECTION_NAME', 'a section needs a name', {
        knockdLine: `config: line ${title.line.knockdNumber}: bad section name`,
      });
      return undefined;
    }
    this.#checkTitle(title);
    const door = emptyDoor(cutBytes(title.text, LONGEST_NAME), title);
    this.#doors.push(door);
    return door;
  }

  #checkTitle(title: Fragment): void {
    const { text } = title;
    if (Buffer.byteLength(text) > LONGEST_NAME) {
      const message = `the name is over ${LONGEST_NAME} bytes and is cut`;
      this.#report.mistake(title, 'CONFIG_SECTION_NAME', message);
    }
    if (/[\u0000-\u001f\u007f]/.test(text)) {
      this.#report.mistake(title, 'CONFIG_SECTION_NAME', 'the name has a control character in it');
    }
    if (text.trim().toLowerCase() === 'options') {
      this.#report.mistake(title, 'CONFIG_SECTION_NAME', `[${text}] is a door, not the options`, {
        hint: 'write [options]',
      });
    }
    const first = this.#names.get(text);
    if (first === undefined) this.#names.set(text, title);
    else {
      const message = `a second ${text.startsWith('action ') ? `[${text}]` : `door "${text}"`}; the first is in ${lineName(first.line)}`;
      this.#report.mistake(title, 'CONFIG_DUPLICATE_DOOR', message);
    }
  }

  #readSyslog(key: Fragment, value: Fragment | undefined): void {
    if (value === undefined) {
      this.#options.useSyslog = true;
      return;
    }
    this.#report.error(
      value.text === '' ? key : value,
      'CONFIG_UNEXPECTED_VALUE',
      'UseSyslog stands alone',
      {
        hint: 'without = and value',
        knockdLine: syntaxError(key),
      },
    );
  }

  #readWith<Draft, Other>(
    table: readonly Directive<Draft>[],
    otherTable: readonly Directive<Other>[],
    draft: Draft,
    places: Map<string, Fragment>,
    key: Fragment,
    value: Fragment,
  ): void {
    const directive = findDirective(table, key.text);
    if (directive === undefined) return this.#unknown(table, otherTable, key);
    if (this.#isCompat && directive.knockd !== undefined) {
      const message = `compat = knockd leaves out ${directive.name}`;
      this.#report.mistake(key, 'CONFIG_COMPAT', message);
      return;
    }
    const before = places.get(directive.name);
    if (before !== undefined && directive.adds !== true) {
      const message = `${directive.name} again: ${lineName(before.line)} no longer counts`;
      this.#report.mistake(key, 'CONFIG_REPEATED_DIRECTIVE', message);
    }
    places.set(directive.name, value.text === '' ? { ...value, column: key.column } : value);
    directive.read(draft, value, this.#report);
  }

  #unknown<Draft, Other>(
    table: readonly Directive<Draft>[],
    otherTable: readonly Directive<Other>[],
    key: Fragment,
  ): void {
    const other = findDirective(otherTable, key.text);
    if (other !== undefined) {
      const { place, hint } = this.#placeOfSection();
      const message = `${other.name} does not belong into ${place}`;
      const knockdLine = syntaxError(key);
      return this.#report.error(key, 'CONFIG_WRONG_SECTION', message, { hint, knockdLine });
    }
    const known = table.flatMap((directive) => namesOf(directive));
    const meant = nearest(key.text, known);
    this.#report.error(key, 'CONFIG_UNKNOWN_DIRECTIVE', `unknown directive "${key.text}"`, {
      hint: meant === undefined ? undefined : `did you mean ${meant}?`,
      knockdLine: syntaxError(key),
    });
  }

  #placeOfSection(): { readonly place: string; readonly hint: string } {
    if (this.#section === 'options') return { place: '[options]', hint: 'it is a door’s' };
    if (this.#section !== undefined && 'action' in this.#section) {
      return { place: 'an action', hint: 'it is a door’s' };
    }
    return { place: 'a door', hint: 'it belongs into [options]' };
  }

  /** Gives every directive that was left out its initial value, read like any other. */
  #complete<Draft>(
    table: readonly Directive<Draft>[],
    draft: Draft,
    places: ReadonlyMap<string, Fragment>,
  ): void {
    for (const { name, initial, knockd, read } of table) {
      const value = this.#initial[name] ?? (this.#isCompat ? (knockd ?? initial) : initial);
      if (value === undefined || hasValue(places, name)) continue;
      read(draft, { text: value, line: NO_LINE, column: 0 }, this.#report);
    }
  }
}

/** In the file at hand, or in which other. */
function lineName({ file, number }: Line): string {
  return file === undefined ? `line ${number}` : `line ${number} of ${file}`;
}

const NO_LINE = { number: 0, knockdNumber: 0, text: '' };

function hasValue(places: ReadonlyMap<string, Fragment>, name: string): boolean {
  return places.has(name);
}

function syntaxError(key: Fragment): string {
  return `config: line ${key.line.knockdNumber}: syntax error`;
}

/** The first so many bytes of a text, whole characters only. */
function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  return new TextDecoder('utf8').decode(bytes.subarray(0, most), { stream: true });
}
