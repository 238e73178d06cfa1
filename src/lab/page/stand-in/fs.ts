import { Buffer } from 'buffer';

/*
 * Stands in the page for `node:fs`: its files are the texts that somebody pasted, by path. Nothing can
 * be written, and each path that was looked for in vain is remembered, so that the page can ask for it.
 */

let files: ReadonlyMap<string, string> = new Map();
const missed = new Set<string>();
const open: { readonly bytes: Uint8Array; at: number }[] = [];

/** Puts these files in place of all. */
export function setFiles(given: ReadonlyMap<string, string>): void {
  files = given;
  missed.clear();
  open.length = 0;
}

/** Paths that were looked for since, and are not there. */
export function missingFiles(): readonly string[] {
  return [...missed];
}

export function readFileSync(path: string, encoding?: BufferEncoding): Buffer | string {
  const bytes = Buffer.from(textOf(path, 'open'));
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

interface Stats {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  isFile(): boolean;
}

/** What was pasted here is as secret as a file of one's own. */
export function statSync(path: string): Stats {
  return stats(Buffer.byteLength(textOf(path, 'stat')));
}

export function openSync(path: string): number {
  return open.push({ bytes: Buffer.from(textOf(path, 'open')), at: 0 }) - 1;
}

export function readSync(
  descriptor: number,
  into: Uint8Array,
  offset: number,
  length: number,
  position: number | null,
): number {
  const file = open[descriptor]!;
  const from = position ?? file.at;
  const part = file.bytes.subarray(from, from + length);
  into.set(part, offset);
  if (position === null) file.at += part.length;
  return part.length;
}

export function fstatSync(descriptor: number): Stats {
  return stats(open[descriptor]!.bytes.length);
}

export function closeSync(): void {}

export function accessSync(path: string): void {
  textOf(path, 'access');
}

export function realpathSync(path: string): string {
  textOf(path, 'realpath');
  return path;
}

/** A folder is what paths begin with. */
export function readdirSync(folder: string): string[] {
  const head = folder.endsWith('/') ? folder : `${folder}/`;
  const names = [...files.keys()].filter((path) => path.startsWith(head));
  if (names.length === 0) throw failure('ENOENT', 'no such file or directory', 'scandir', folder);
  return names.map((path) => path.slice(head.length)).filter((name) => !name.includes('/'));
}

function readOnly(): never {
  throw failure('EROFS', 'read-only file system', 'write', '');
}

export {
  readOnly as fdatasyncSync,
  readOnly as fsyncSync,
  readOnly as renameSync,
  readOnly as rmSync,
  readOnly as writeFileSync,
  readOnly as writeSync,
};

export const constants = {
  O_CREAT: 0,
  O_EXCL: 0,
  O_WRONLY: 0,
  O_NOFOLLOW: 0,
  O_RDONLY: 0,
  O_DIRECTORY: 0,
  R_OK: 4,
  X_OK: 1,
} as const;

function textOf(path: string, syscall: string): string {
  const text = files.get(path);
  if (text !== undefined) return text;
  missed.add(path);
  throw failure('ENOENT', 'no such file or directory', syscall, path);
}

function stats(size: number): Stats {
  return { mode: 0o100600, uid: 0, gid: 0, size, isFile: () => true };
}

function failure(code: string, text: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${text}, ${syscall} '${path}'`), { code, syscall });
}
