import type { Flag } from '../program.ts';

/** A page of the manual in mdoc(7): what it is called, one line about it, and its body's lines. */
export interface Page {
  readonly name: string;
  readonly section: 1 | 5 | 8;
  readonly summary: string;
  readonly body: readonly string[];
}

/** The page as man(1) reads it; `date` in mdoc's form, `November 25, 2026`. */
export function pageText({ name, section, summary, body }: Page, date: string): string {
  return [
    `.Dd ${date}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${summary}`,
    ...body,
    '',
  ].join('\n');
}

/** Paragraphs of plain text in which backticks mark what is typed. */
export function paragraphs(...texts: readonly string[]): string[] {
  return texts.flatMap((text, at) => [...(at === 0 ? [] : ['.Pp']), ...prose(text)]);
}

/** One sentence a line, as mdoc wants it. */
export function prose(text: string): string[] {
  return text
    .trim()
    .split(/(?<=[A-Za-z0-9)`%][.?!]) (?=[A-Z`0-9])/)
    .flatMap((sentence) => wrapped(escape(sentence)).map(guarded));
}

/** A phrase as a sentence; a name keeps its small letter. */
export function sentence(phrase: string): string {
  const isName = phrase.startsWith('knockd');
  return `${isName ? phrase : phrase[0]!.toUpperCase() + phrase.slice(1)}.`;
}

/** Lines of an example, as they are typed. */
export function example(lines: readonly string[]): string[] {
  return ['.Bd -literal -offset indent', ...lines.map((line) => guarded(literal(line))), '.Ed'];
}

/** A list of flags with their meaning. */
export function flagList(flags: readonly Flag[]): string[] {
  return [
    '.Bl -tag -width Ds',
    ...flags.flatMap((flag) => [`.It ${flagNames(flag)}`, ...prose(sentence(flag.help))]),
    '.El',
  ];
}

function flagNames({ short, long, argument }: Flag): string {
  const value = argument === undefined ? '' : ` Ar ${literal(argument)}`;
  const names = [...(short === undefined ? [] : [short]), `-${long}`];
  return names.map((name) => `Fl ${literal(name)}${value}`).join(' , ');
}

function escape(text: string): string {
  const parts = text.split('`').map((part, at) => {
    const safe = literal(part);
    return at % 2 === 1 ? `\\fB${safe}\\fR` : safe;
  });
  return parts.join('');
}

/** Lines of at most 78 bytes, parted at blanks. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length > 77) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** Typed characters, of which roff would make others. */
export function literal(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/[’“”]/g, (quote) => ({ '’': '\\(cq', '“': '\\(lq', '”': '\\(rq' })[quote]!)
    .replaceAll("'", '\\(aq');
}

/** A dot in front would make it a request. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
