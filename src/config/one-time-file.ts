import { closeSync, fdatasyncSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Door } from '../door/door.ts';
import type { Step } from '../door/step.ts';
import { knockdSequence } from './knockd-values.ts';
import { Report } from './report.ts';
import { systemText } from './system-text.ts';

/** The sequence in force, and where its line stands: in bytes. */
export interface OneTimeLine {
  readonly steps: readonly Step[];
  readonly offset: number;
  readonly text: string;
}

/** A line that is no sequence, in 0.8's words. */
export type OnBadLine = (knockdLine: string, number: number) => void;

/** The first usable line of a file of one-time sequences; lines that are none are told of and passed over. */
export function firstSequence(
  bytes: string,
  door: string,
  onBad: OnBadLine = () => {},
): OneTimeLine | undefined {
  let offset = 0;
  for (const [index, text] of bytes.split('\n').entries()) {
    const trimmed = text.trim();
    if (trimmed !== '' && !trimmed.startsWith('#')) {
      const inside = new Report('', false);
      const line = { number: index + 1, knockdNumber: index + 1, text };
      const steps = knockdSequence({ text: trimmed, line, column: 1 }, inside, door);
      if (steps !== undefined) return { steps, offset, text };
      const [problem] = inside.problems;
      onBad(problem?.knockdLine ?? problem?.message ?? 'no sequence', index + 1);
    }
    offset += text.length + 1;
  }
  return undefined;
}

/** What became of a sequence that was knocked. */
export type Spent =
  /** The door as it goes on; undefined: its sequences are used up. */
  | { readonly kind: 'spent'; readonly next: Door | undefined }
  /** The door must not open. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Files of one-time sequences while doors use them up: a line is marked before its door may open. */
export class OneTimeSequences implements Disposable {
  readonly #isDry: boolean;
  readonly #onBad: OnBadLine;
  readonly #files = new Map<Door, OneTimeFile>();
  readonly #inForce = new Map<Door, OneTimeLine>();

  /** Opens the files of all doors that have one; it throws where one can't be. Dry: marks nothing on disk. */
  constructor(doors: readonly Door[], options: { isDry: boolean; onBad?: OnBadLine }) {
    this.#isDry = options.isDry;
    this.#onBad = options.onBad ?? (() => {});
    for (const door of doors) {
      if (door.oneTimeSequences === undefined) continue;
      const file = new OneTimeFile(door.oneTimeSequences, this.#isDry);
      const line = firstSequence(file.text(), door.name, this.#onBad);
      this.#files.set(door, file);
      if (line !== undefined) this.#inForce.set(door, line);
    }
  }

  /** Uses up the sequence in force. Each is good for one opening, however many knock it at the same time. */
  spend(door: Door): Spent {
    const file = this.#files.get(door);
    const line = this.#inForce.get(door);
    if (file === undefined || line === undefined) return refused('its sequence is used already');
    try {
      if (!file.mark(line)) return refused('its sequence is no longer in the file');
    } catch (error) {
      const why = systemText(error as NodeJS.ErrnoException);
      return refused(`its sequence can't be marked as used: ${why}`);
    }
    this.#files.delete(door);
    this.#inForce.delete(door);
    const nextLine = firstSequence(file.text(), door.name, this.#onBad);
    if (nextLine === undefined) {
      file[Symbol.dispose]();
      return { kind: 'spent', next: undefined };
    }
    const next = { ...door, steps: nextLine.steps };
    this.#files.set(next, file);
    this.#inForce.set(next, nextLine);
    return { kind: 'spent', next };
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
    this.#files.clear();
  }
}

function refused(reason: string): Spent {
  return { kind: 'refused', reason };
}

/** Stays open, as in 0.8: a file put in its place is not seen until the doors are read again. */
class OneTimeFile implements Disposable {
  readonly #descriptor: number;
  readonly #isDry: boolean;
  readonly #marked = new Set<number>();

  constructor(path: string, isDry: boolean) {
    this.#descriptor = openSync(path, isDry ? 'r' : 'r+');
    this.#isDry = isDry;
  }

  /** A character is a byte. */
  text(): string {
    const bytes = Buffer.alloc(fstatSync(this.#descriptor).size);
    const length = readSync(this.#descriptor, bytes, 0, bytes.length, 0);
    for (const offset of this.#marked) bytes[offset] = '#'.charCodeAt(0);
    return bytes.toString('latin1', 0, length);
  }

  /** Puts `#` over the line's first byte, as 0.8 does; it is on the disk when this returns true. */
  mark({ offset, text }: OneTimeLine): boolean {
    const place = findLine(this.text(), text, offset);
    if (place === undefined) return false;
    if (this.#isDry) {
      this.#marked.add(place);
      return true;
    }
    writeSync(this.#descriptor, '#', place);
    fdatasyncSync(this.#descriptor);
    return true;
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** Where the line stands now: the file may have been edited since it was read. */
function findLine(bytes: string, text: string, offset: number): number | undefined {
  const isLineAt = (at: number): boolean =>
    (at === 0 || bytes[at - 1] === '\n') &&
    bytes.startsWith(text, at) &&
    (at + text.length === bytes.length || bytes[at + text.length] === '\n');
  if (isLineAt(offset)) return offset;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    if (isLineAt(at)) return at;
  }
  return undefined;
}
