import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Ticket } from '../matcher/encoded/ticket.ts';
import { replaceFile } from '../replace-file.ts';
import type { Address } from '../tuple/address.ts';

/** For so long the other address family may still bring the code that one family brought. */
const ONE_KNOCK_SECONDS = 5;

/** Uses of one series that are kept one by one; what is older than all of these counts as used. */
const MOST_USES = 1024;

/**
 * The book of knocks that were used: a use is on the disk before its door opens, and is never taken back,
 * whatever the clock does. Lines of `series number salt`; a line without its end was torn by a crash
 * before anything opened for it.
 */
export class UsedKnocks implements Disposable {
  /** Knocks that were refused since they had been used. */
  replayed = 0;
  readonly #file: number | undefined;
  readonly #series = new Map<string, Series>();

  /** `path` undefined: nothing is kept on disk, as in a replay. Throws the system's own errors. */
  constructor(path: string | undefined) {
    if (path === undefined) return;
    for (const line of linesOf(path)) this.#read(line);
    replaceFile(path, this.#lines());
    this.#file = openSync(path, 'a', 0o600);
  }

  /** What `usedUpTo` of the book in that file would be; the file is left as it is. */
  static usedUpTo(path: string, series: string): number {
    const book = new UsedKnocks(undefined);
    for (const line of linesOf(path)) book.#read(line);
    return book.usedUpTo(series);
  }

  /** Takes a use; why it can't be taken, or undefined. `seconds` is packet time. */
  spend(ticket: Ticket, source: Address, seconds: number): string | undefined {
    const series = this.#of(ticket.series);
    if (isOtherFamily(series, ticket, source, seconds)) {
      series.last = undefined;
      return undefined;
    }
    if (isUsed(series, ticket)) {
      this.replayed++;
      return 'replayed';
    }
    this.#write(lineOf(ticket.series, ticket.number, ticket.salt));
    note(series, ticket.number, ticket.salt);
    series.last = { number: ticket.number, family: source.family, seconds };
    return undefined;
  }

  /** All numbers of a series up to this one are used; -1: none is. */
  usedUpTo(series: string): number {
    return this.#series.get(series)?.floor ?? -1;
  }

  /** The same of every series of which any is. */
  allUsedUpTo(): ReadonlyMap<string, number> {
    return new Map([...this.#series].map(([name, { floor }]) => [name, floor]));
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }

  #of(name: string): Series {
    let series = this.#series.get(name);
    if (series === undefined) {
      series = { floor: -1, uses: new Map(), last: undefined };
      this.#series.set(name, series);
    }
    return series;
  }

  #write(line: string): void {
    if (this.#file === undefined) return;
    writeSync(this.#file, line);
    fdatasyncSync(this.#file);
  }

  #read(line: string): void {
    const [, name, number, salt] = /^([0-9a-f]+) (\d+) (-|\d+)$/.exec(line) ?? [];
    if (name === undefined) return;
    note(this.#of(name), Number(number), salt === '-' ? undefined : Number(salt));
  }

  #lines(): string {
    return [...this.#series]
      .flatMap(([name, { floor, uses }]) => [
        ...(floor < 0 ? [] : [lineOf(name, floor, undefined)]),
        ...[...uses.values()].map(({ number, salt }) => lineOf(name, number, salt)),
      ])
      .join('');
  }
}

interface Series {
  /** All numbers up to it are used. */
  floor: number;
  readonly uses: Map<string, { readonly number: number; readonly salt: number }>;
  /** The latest use of a code, in case its other half is on the way. */
  last: { readonly number: number; readonly family: 4 | 6; readonly seconds: number } | undefined;
}

/** The knock of a client that knocks by both families at once counts once, and opens for both. */
function isOtherFamily(
  { last }: Series,
  { number, salt }: Ticket,
  { family }: Address,
  seconds: number,
): boolean {
  return (
    last !== undefined &&
    salt === undefined &&
    last.number === number &&
    last.family !== family &&
    Math.abs(seconds - last.seconds) <= ONE_KNOCK_SECONDS
  );
}

function isUsed({ floor, uses }: Series, { number, salt }: Ticket): boolean {
  return number <= floor || uses.has(`${number} ${salt}`);
}

function note(series: Series, number: number, salt: number | undefined): void {
  if (salt === undefined) {
    series.floor = Math.max(series.floor, number);
    return;
  }
  series.uses.set(`${number} ${salt}`, { number, salt });
  if (series.uses.size <= MOST_USES) return;
  const numbers = [...series.uses.values()].map((use) => use.number).sort((a, b) => a - b);
  series.floor = Math.max(series.floor, numbers[MOST_USES >> 1]!);
  for (const [key, use] of series.uses) if (use.number <= series.floor) series.uses.delete(key);
}

function lineOf(series: string, number: number, salt: number | undefined): string {
  return `${series} ${number} ${salt ?? '-'}\n`;
}

/** Whole lines alone. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(0, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
