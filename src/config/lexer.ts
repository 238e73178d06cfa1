import type { Report } from './report.ts';

/** A piece of a line, and where it begins: in characters, from 1. */
export interface Fragment {
  readonly text: string;
  readonly line: Line;
  readonly column: number;
}

export interface Line {
  readonly number: number;
  /** As 0.8 counts: an overlong line is several to it. */
  readonly knockdNumber: number;
  readonly text: string;
  /** The included file that it stands in; undefined in the file that includes. */
  readonly file?: string;
}

export type Statement =
  | { readonly kind: 'section'; readonly name: Fragment }
  | { readonly kind: 'directive'; readonly key: Fragment; readonly value: Fragment | undefined };

/** 0.8 reads into 4096 bytes, of which the last is a NUL. */
const LONGEST_READ = 4095;
const BLANKS = ' \t\n\v\f\r';
const BYTE_ORDER_MARK = '\xef\xbb\xbf';

/**
 * The statements of knockd.conf: `[section]`, `key = value` and a lone key, one a line. Works on bytes
 * (a character of `bytes` is one of them), as 0.8 does, and hands out text.
 */
export function* statements(bytes: string, report: Report, file?: string): Iterable<Statement> {
  for (const { raw, line, offset } of readLines(bytes, report, file)) {
    const [from, to] = trimmed(raw, 0, raw.length);
    if (from === to || raw[from] === '#') continue;
    const piece = (start: number, end: number): Fragment => ({
      text: decode(raw.slice(start, end)),
      line,
      column: offset + decode(raw.slice(0, start)).length + 1,
    });
    if (raw[from] === '[' && raw[to - 1] === ']' && to - from > 1) {
      yield { kind: 'section', name: piece(from + 1, to - 1) };
      continue;
    }
    const equals = raw.indexOf('=', from);
    if (equals < 0 || equals >= to) {
      yield { kind: 'directive', key: piece(from, to), value: undefined };
      continue;
    }
    const value = piece(...trimmed(raw, equals + 1, to));
    yield { kind: 'directive', key: piece(...trimmed(raw, from, equals)), value };
  }
}

interface RawLine {
  readonly raw: string;
  readonly line: Line;
  /** Characters of the line before `raw`, where 0.8 cuts it in pieces. */
  readonly offset: number;
}

function* readLines(bytes: string, report: Report, file?: string): Iterable<RawLine> {
  let knockdNumber = 0;
  for (let number = 1, begin = 0; begin < bytes.length; number++) {
    const newline = bytes.indexOf('\n', begin);
    const end = newline < 0 ? bytes.length : newline + 1;
    const text = decode(stripMark(bytes.slice(begin, newline < 0 ? end : newline), begin));
    let offset = 0;
    for (let at = begin; at < end; at += LONGEST_READ) {
      const inFile = file === undefined ? {} : { file };
      const line = { number, knockdNumber: ++knockdNumber, text, ...inFile };
      const piece = bytes.slice(at, Math.min(end, at + LONGEST_READ));
      if (at - begin === LONGEST_READ && piece.trim() !== '') reportLong(line, offset, report);
      yield { raw: clean(piece, at, line, offset, report), line, offset };
      offset += decode(piece).length;
    }
    begin = end;
  }
}

/** Takes out what 0.8 reads otherwise than an editor shows it, and says so. */
function clean(raw: string, at: number, line: Line, offset: number, report: Report): string {
  let text = raw;
  if (at === 0 && text.startsWith(BYTE_ORDER_MARK)) {
    const place = { text: '', line, column: 1 };
    report.mistake(place, 'CONFIG_BYTE_ORDER_MARK', 'the file begins with a byte order mark', {
      hint: 'save it as UTF-8 without one',
      knockdLine: knockdLineOfMark(text),
    });
    text = stripMark(text, at);
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    const place = { text: '\0', line, column: offset + decode(text.slice(0, nul)).length + 1 };
    report.mistake(place, 'CONFIG_NUL_BYTE', 'a NUL byte: what follows it in the line is not read');
    text = text.slice(0, nul);
  }
  if (!isUtf8(text)) {
    const place = { text: decode(text), line, column: offset + 1 };
    report.mistake(place, 'CONFIG_NOT_UTF8', 'the line is not UTF-8: bytes of it are lost');
  }
  return text;
}

/** To 0.8 the mark is part of the first key, which stands before any section. */
function knockdLineOfMark(text: string): string | undefined {
  return text.trim() === '' ? undefined : 'config: line 1: all directives must belong to a section';
}

function reportLong(line: Line, offset: number, report: Report): void {
  const place = { text: line.text.slice(offset), line, column: offset + 1 };
  report.mistake(
    place,
    'CONFIG_LONG_LINE',
    `the line is over ${LONGEST_READ} bytes: from here on it is read as a line of its own`,
  );
}

function stripMark(text: string, at: number): string {
  return at === 0 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}

function trimmed(text: string, start: number, end: number): [number, number] {
  let from = start;
  let to = end;
  while (from < to && BLANKS.includes(text[from]!)) from++;
  while (to > from && BLANKS.includes(text[to - 1]!)) to--;
  return [from, to];
}

function decode(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function isAscii(bytes: string): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes.charCodeAt(at) > 127) return false;
  return true;
}

function isUtf8(bytes: string): boolean {
  return isAscii(bytes) || Buffer.from(decode(bytes), 'utf8').equals(Buffer.from(bytes, 'latin1'));
}
