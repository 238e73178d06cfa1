import { printable } from './printable.ts';

/** Where a problem lies, and what the line there says. Lines and columns count from 1, in characters; line 0: the whole file. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly lineText: string;
}

/** A file as a whole. */
export function wholeFile(file: string): Place {
  return { file, line: 0, column: 0, length: 0, lineText: '' };
}

export interface ProblemDetails {
  readonly severity: 'error' | 'warning';
  readonly code: ConfigErrorCode;
  readonly place: Place;
  /** What to do about it; printed beside the caret. */
  readonly hint?: string | undefined;
  /** What 0.8 prints before it refuses the file; undefined where it would not. */
  readonly knockdLine?: string | undefined;
}

export type ConfigErrorCode =
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_TOO_LARGE'
  | 'CONFIG_TOO_MANY_PROBLEMS'
  | 'CONFIG_BYTE_ORDER_MARK'
  | 'CONFIG_NUL_BYTE'
  | 'CONFIG_NOT_UTF8'
  | 'CONFIG_LONG_LINE'
  | 'CONFIG_SYNTAX'
  | 'CONFIG_SECTION_NAME'
  | 'CONFIG_DUPLICATE_DOOR'
  | 'CONFIG_OUTSIDE_SECTION'
  | 'CONFIG_UNKNOWN_DIRECTIVE'
  | 'CONFIG_WRONG_SECTION'
  | 'CONFIG_REPEATED_DIRECTIVE'
  | 'CONFIG_UNEXPECTED_VALUE'
  | 'CONFIG_INVALID_NUMBER'
  | 'CONFIG_INVALID_PORT'
  | 'CONFIG_INVALID_PROTOCOL'
  | 'CONFIG_INVALID_SIZE'
  | 'CONFIG_INVALID_FLAG'
  | 'CONFIG_INVALID_VALUE'
  | 'CONFIG_OUT_OF_RANGE'
  | 'CONFIG_ENCODED'
  | 'CONFIG_ACTION'
  | 'CONFIG_KEY_FILE'
  | 'CONFIG_TOO_MANY_STEPS'
  | 'CONFIG_NO_SEQUENCE'
  | 'CONFIG_ONE_TIME_FILE'
  | 'CONFIG_INVALID_TARGET'
  | 'CONFIG_FOREIGN_TARGET'
  | 'CONFIG_COMPAT'
  | 'CONFIG_INCLUDE'
  | 'CONFIG_CONFLICT'
  | 'CONFIG_WITHOUT_OPEN'
  | 'CONFIG_EASY_TO_GUESS'
  | 'CONFIG_AMBIGUOUS_DOORS'
  | 'CONFIG_BUSY_PORT'
  | 'CONFIG_COULD_OPEN'
  | 'CONFIG_READABLE'
  | 'CONFIG_SOURCE'
  | 'CONFIG_WORKERS'
  | 'CONFIG_UNTRUSTED'
  | 'CONFIG_NEVER_OPENS'
  | 'CONFIG_SCANS'
  | 'CONFIG_LIST';

/** The caret's line shows at most so much to the left and the right of what it points at. */
const CONTEXT = 100;

/** Something that is wrong, or surely meant otherwise, in a configuration file. */
export class ConfigError extends Error {
  override readonly name: string = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly lineText: string;
  readonly hint: string | undefined;
  readonly knockdLine: string | undefined;

  constructor(message: string, { severity, code, place, hint, knockdLine }: ProblemDetails) {
    super(printable(message));
    this.code = code;
    this.severity = severity;
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
    this.length = place.length;
    this.lineText = place.lineText;
    this.hint = hint === undefined ? undefined : printable(hint);
    this.knockdLine = knockdLine;
  }

  /** Place and message, then the line with a caret under what is meant, then the hint. */
  format(): string {
    if (this.line === 0) return `${this.file}: ${this.severity}: ${this.message}`;
    const head = `${this.file}:${this.line}:${this.column}: ${this.severity}: ${this.message}`;
    const gutter = String(this.line).padStart(4);
    const { text, column, length } = excerpt(this.lineText, this.column, this.length);
    const caret = ' '.repeat(column) + '^'.repeat(Math.max(1, length));
    const hint = this.hint === undefined ? '' : ` ${this.hint}`;
    return `${head}\n${gutter} | ${text}\n${' '.repeat(gutter.length)} | ${caret}${hint}`;
  }
}

/** File by file, in the order of each; those of one place stay as they were found. */
export function inFileOrder(
  problems: readonly ConfigError[],
  files: readonly string[],
): ConfigError[] {
  const order = new Map(files.map((file, index) => [file, index]));
  const place = ({ file }: ConfigError): number => order.get(file) ?? 0;
  return [...problems].sort(
    (a, b) => place(a) - place(b) || a.line - b.line || a.column - b.column,
  );
}

/** The one line that 0.8 would have printed about this file: of its mistakes it tells the first alone. */
export function knockdLineOf(problems: readonly ConfigError[]): string | undefined {
  return problems.find(({ knockdLine }) => knockdLine !== undefined)?.knockdLine;
}

function excerpt(
  line: string,
  column: number,
  length: number,
): { text: string; column: number; length: number } {
  const from = Math.max(0, column - 1 - CONTEXT);
  const to = Math.min(line.length, column - 1 + CONTEXT);
  const [left, right] = [from > 0 ? '…' : '', to < line.length ? '…' : ''];
  return {
    text: left + printable(line.slice(from, to)) + right,
    column: left.length + column - 1 - from,
    length: Math.min(length, to - column + 1),
  };
}
