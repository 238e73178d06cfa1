import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CaptureError } from '../capture-error.ts';
import { PathWatch } from './path-watch.ts';

/** Who is told while a log is followed. */
export interface FollowedFileOptions {
  /** Told that what comes next belongs to no line that was begun. */
  readonly onFile: () => void;
  /** A line for people, when the log can't be read any more, or can be again. */
  readonly tell: (line: string) => void;
}

const CHUNK_BYTES = 256 * 1024;
/** So much of what was read last must still stand before the place where reading goes on. */
const TAIL_BYTES = 64;
/** How often it is looked at if nobody says that it has changed. */
const LOOK_MS = 1000;
const LINE_FEED = 10;
const { O_RDONLY, O_NONBLOCK } = constants;

/**
 * The bytes that are written to a file from now on, whatever becomes of its name: one that is moved away
 * is read to its end, and then the new one of that name from its beginning, as is one that was cut off.
 * Whether it was cut off shows in its last bytes, for it may have grown beyond the old place since.
 */
export class FollowedFile implements AsyncIterator<Uint8Array> {
  readonly #path: string;
  readonly #options: FollowedFileOptions;
  readonly #watch = new PathWatch();
  readonly #buffer: Buffer = Buffer.alloc(TAIL_BYTES + CHUNK_BYTES);
  readonly #tail: Buffer = Buffer.alloc(TAIL_BYTES);
  #tailLength = 0;
  #position = 0;
  #handle: FileHandle | undefined;
  #identity = '';
  /** The file was opened amid a line, whose rest is nobody's. */
  #isAmidLine = false;
  #trouble: string | undefined;
  #isClosed = false;

  private constructor(path: string, options: FollowedFileOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Begins at the end of the file as it is now; one that is missing is waited for, one that can't be read is a failure. */
  static async open(path: string, options: FollowedFileOptions): Promise<FollowedFile> {
    const file = new FollowedFile(path, options);
    file.#watch.follow([path]);
    try {
      await file.#open(true);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') file.#tellOnce('it is not there; waiting for it');
      else throw file.#failure(cause as NodeJS.ErrnoException);
    }
    return file;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#isClosed) {
      const chunk = await this.#read();
      if (chunk !== undefined) return { value: chunk, done: false };
      if (!(await this.#moveOn())) await this.#wait();
    }
    this.#release();
    return { value: undefined, done: true };
  }

  /** Ends the wait of whoever waits. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch[Symbol.dispose]();
    this.#release();
  }

  /** What follows the last place; undefined at the end of what there is. */
  async #read(): Promise<Uint8Array | undefined> {
    while (this.#handle !== undefined && !this.#isClosed) {
      const from = this.#position - this.#tailLength;
      const { bytesRead } = await this.#handle.read(this.#buffer, 0, this.#buffer.length, from);
      const read = this.#buffer.subarray(0, bytesRead);
      if (!this.#goesOn(read)) {
        this.#begin();
        continue;
      }
      const chunk = read.subarray(this.#tailLength);
      if (chunk.length === 0) return undefined;
      this.#position += chunk.length;
      this.#keepTail(read);
      const whole = this.#withoutRest(chunk);
      if (whole.length > 0) return whole;
    }
    return undefined;
  }

  #goesOn(read: Buffer): boolean {
    const tail = this.#tail.subarray(0, this.#tailLength);
    return read.subarray(0, this.#tailLength).equals(tail);
  }

  /** From the beginning of a file. */
  #begin(): void {
    this.#position = this.#tailLength = 0;
    this.#isAmidLine = false;
    this.#options.onFile();
  }

  #keepTail(read: Buffer): void {
    this.#tailLength = Math.min(TAIL_BYTES, read.length);
    read.copy(this.#tail, 0, read.length - this.#tailLength);
  }

  #withoutRest(chunk: Buffer): Buffer {
    if (!this.#isAmidLine) return chunk;
    const end = chunk.indexOf(LINE_FEED);
    if (end < 0) return chunk.subarray(chunk.length);
    this.#isAmidLine = false;
    return chunk.subarray(end + 1);
  }

  /** The end was reached: whether another file bears the name, which is read from now on. */
  async #moveOn(): Promise<boolean> {
    try {
      const { dev, ino, size } = await stat(this.#path);
      if (this.#handle !== undefined) {
        if (`${dev}:${ino}` === this.#identity) return false;
        // Who writes goes on with the old file until he has opened the new one.
        if (size === 0) return false;
        if (await this.#hasGrown()) return true;
        this.#release();
      }
      await this.#open(false);
      this.#begin();
      this.#tellOnce(undefined);
      return true;
    } catch (error) {
      if (!this.#isClosed) this.#tellOnce(reasonOf(error as NodeJS.ErrnoException));
      return false;
    }
  }

  /** A read that is under way ends first. */
  #release(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    void handle?.close();
  }

  /** Between the last look at the old file and now, somebody may have written to it. */
  async #hasGrown(): Promise<boolean> {
    return (await this.#handle!.stat()).size > this.#position;
  }

  async #open(atEnd: boolean): Promise<void> {
    const handle = await open(this.#path, O_RDONLY | O_NONBLOCK);
    const status = await handle.stat();
    if (!status.isFile()) {
      await handle.close();
      throw Object.assign(new Error('it is no file'), { code: 'EISDIR' });
    }
    this.#handle = handle;
    this.#identity = `${status.dev}:${status.ino}`;
    if (!atEnd) return;
    const length = Math.min(TAIL_BYTES, status.size);
    const { bytesRead } = await handle.read(this.#tail, 0, length, status.size - length);
    this.#position = status.size - length + bytesRead;
    this.#tailLength = bytesRead;
    this.#isAmidLine = bytesRead > 0 && this.#tail[bytesRead - 1] !== LINE_FEED;
  }

  /** While the name is another file's or nobody's, its folder tells when that changes. */
  async #wait(): Promise<void> {
    this.#watch.follow([this.#handle === undefined ? dirname(this.#path) : this.#path]);
    await this.#watch.wait(LOOK_MS);
  }

  #tellOnce(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.tell(`log ${this.#path}: ${trouble ?? 'it is read'}`);
  }

  #failure(cause: NodeJS.ErrnoException): CaptureError {
    const isRight = cause.code === 'EACCES' || cause.code === 'EPERM';
    const code = isRight ? 'CAPTURE_NO_PERMISSION' : 'CAPTURE_NOT_READABLE';
    return new CaptureError(code, this.#path, reasonOf(cause), { cause });
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return REASONS[code ?? ''] ?? message;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there; waiting for it',
  EACCES: 'no permission to read it; root, or a group that may, as adm',
  EISDIR: 'it is no file',
};
