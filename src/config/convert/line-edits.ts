type Pair = readonly [name: string, value: string];

/** Lines in the unified form, that many around each change. */
const CONTEXT = 3;

/** Changes to a text line by line, which leave all other lines as they are, their ends included. */
export class LineEdits {
  readonly #lines: readonly string[];
  readonly #isEnded: boolean;
  /** What stands in place of a line, by its number from 1; 0: before all. */
  readonly #instead = new Map<number, readonly string[]>();

  constructor(text: string) {
    this.#isEnded = text.endsWith('\n');
    this.#lines = (this.#isEnded ? text.slice(0, -1) : text).split('\n');
  }

  get isEmpty(): boolean {
    return this.#instead.size === 0;
  }

  remove(number: number): void {
    this.#instead.set(number, []);
  }

  comment(number: number): void {
    this.#instead.set(number, [`# ${this.#at(number)}`]);
  }

  /** Puts directives in place of one, in its form. */
  replace(number: number, pairs: readonly Pair[]): void {
    const line = this.#at(number);
    this.#instead.set(
      number,
      pairs.map((pair) => likeLine(line, pair)),
    );
  }

  /** Puts directives behind a line, in the form of another one. */
  putBehind(number: number, pairs: readonly Pair[], form: number | undefined): void {
    const line = this.#at(number);
    const model = form === undefined ? `    ${endOf(line)}` : this.#at(form);
    this.#instead.set(number, [line, ...pairs.map((pair) => likeLine(model, pair))]);
  }

  putFirst(lines: readonly string[]): void {
    this.#instead.set(
      0,
      lines.map((line) => line + endOf(this.#at(1))),
    );
  }

  /** The whole text as it is now. A last line that was changed gets the end that it may have lacked. */
  text(): string {
    const all = this.#all();
    const text = all.flatMap(({ after }) => after).join('\n');
    return this.#isEnded || isChanged(all.at(-1)!) ? `${text}\n` : text;
  }

  /** The changes in unified form, as patch(1) takes them; empty if there are none. */
  diff(before: string, after: string): string {
    const all = this.#all();
    const hunks: [from: number, to: number][] = [];
    for (const [at, line] of all.entries()) {
      if (!isChanged(line)) continue;
      const [from, to] = [Math.max(0, at - CONTEXT), Math.min(all.length, at + CONTEXT + 1)];
      const last = hunks.at(-1);
      if (last !== undefined && from <= last[1]) last[1] = to;
      else hunks.push([from, to]);
    }
    if (hunks.length === 0) return '';
    return [
      `--- ${before}`,
      `+++ ${after}`,
      ...hunks.map((hunk) => hunkText(all, ...hunk)),
      '',
    ].join('\n');
  }

  #at(number: number): string {
    return this.#lines[number - 1]!;
  }

  #all(): Place[] {
    const first = this.#instead.get(0);
    const places = this.#lines.map((line, at): Place => {
      const isEnded = this.#isEnded || at < this.#lines.length - 1;
      return { before: [line], after: this.#instead.get(at + 1) ?? [line], isEnded };
    });
    return first === undefined ? places : [{ before: [], after: first, isEnded: true }, ...places];
  }
}

/** One place of the text, before and after. */
interface Place {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Whether its line had a newline at its end. */
  readonly isEnded: boolean;
}

function isChanged({ before, after }: Place): boolean {
  return before.length !== after.length || before[0] !== after[0];
}

function hunkText(all: readonly Place[], from: number, to: number): string {
  const count = (places: readonly Place[], side: 'before' | 'after'): number =>
    places.reduce((sum, place) => sum + place[side].length, 0);
  const range = (side: 'before' | 'after'): string => {
    const length = count(all.slice(from, to), side);
    return `${count(all.slice(0, from), side) + (length === 0 ? 0 : 1)},${length}`;
  };
  const body = all.slice(from, to).flatMap(placeLines);
  return [`@@ -${range('before')} +${range('after')} @@`, ...body].join('\n');
}

const NO_NEWLINE = '\\ No newline at end of file';

function placeLines(place: Place): string[] {
  const { before, after, isEnded } = place;
  const end = isEnded ? [] : [NO_NEWLINE];
  if (!isChanged(place)) return [` ${before[0]}`, ...end];
  if (isEnded && after[0] === before[0] && before.length > 0) {
    return [` ${before[0]}`, ...after.slice(1).map((line) => `+${line}`)];
  }
  const gone = before.map((line) => `-${line}`);
  return [...gone, ...end, ...after.map((line) => `+${line}`)];
}

/** `name = value` with the indent, the place of the equals sign and the line's end of another directive. */
function likeLine(line: string, [name, value]: Pair): string {
  const [, indent = '', key = '', blanks = ' ', after = ' '] =
    /^([ \t]*)(?:([^=]*?)([ \t]*)=([ \t]*))?/.exec(line) ?? [];
  const width = Math.max(key.length + blanks.length, name.length + Math.min(1, blanks.length));
  const padded = blanks.includes('\t') ? name + blanks : name.padEnd(width);
  return `${indent}${padded}=${after}${value}${endOf(line)}`;
}

/** Lines of other systems end with a carriage return too. */
function endOf(line: string): string {
  return line.endsWith('\r') ? '\r' : '';
}
