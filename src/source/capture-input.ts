import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { Socket } from 'node:net';
import { CaptureError } from './capture-error.ts';
import { FileChunks } from './file-chunks.ts';
import { gunzipped } from './gunzipped.ts';

/** Where the bytes of a capture come from. Whoever takes it closes the descriptor, or destroys the stream. */
export type CaptureInput =
  | { readonly kind: 'file'; readonly fd: number; readonly bytes: number }
  | {
      readonly kind: 'stream';
      /** Each on loan until the next one is asked for. */
      readonly chunks: AsyncIterator<Uint8Array>;
      /** The first chunk, which still comes as the first. */
      peek(): Promise<Uint8Array>;
      destroy(): void;
    };

/**
 * Opens a capture: `-` is standard input. A regular file that is not packed stays one, so that it can be
 * mapped, unless `asStream`; gzip is told by its first two bytes, whatever the name.
 */
export function openInput(path: string, options: { asStream: boolean }): CaptureInput {
  if (path === '-') return streamOf(process.stdin);
  const fd = openFile(path);
  try {
    const status = fstatSync(fd);
    if (status.isDirectory()) throw unreadable(path, new Error(REASONS['EISDIR']));
    // A pipe is polled: as a file, a read that waits for its writer could never be given up.
    if (status.isFIFO()) return streamOf(new Socket({ fd, readable: true, writable: false }));
    if (status.isFile() && !options.asStream && !isPacked(fd)) {
      return { kind: 'file', fd, bytes: status.size };
    }
    return streamOf(new FileChunks(fd));
  } catch (error) {
    closeSync(fd);
    throw error instanceof CaptureError ? error : unreadable(path, error);
  }
}

/** The same input, to be read chunk by chunk whatever it is. */
export function asStream(input: CaptureInput): CaptureInput & { readonly kind: 'stream' } {
  return input.kind === 'stream' ? input : streamOf(new FileChunks(input.fd));
}

/** The first bytes, which are still to be read when the input is. */
export async function peek(input: CaptureInput, bytes: number): Promise<Uint8Array> {
  if (input.kind === 'file') {
    const head = Buffer.alloc(bytes);
    return head.subarray(0, readSync(input.fd, head, 0, bytes, 0));
  }
  return input.peek();
}

/** Without O_NONBLOCK, opening a pipe waits until somebody opens its other end. */
function openFile(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function isPacked(fd: number): boolean {
  const head = Buffer.alloc(2);
  return readSync(fd, head, 0, 2, 0) === 2 && isGzip(head);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Chunks, and who ends them. */
interface Chunks extends AsyncIterable<Uint8Array> {
  destroy(): unknown;
}

function streamOf(stream: Chunks): CaptureInput & { readonly kind: 'stream' } {
  const chunks = new PeekableChunks(unpacked(stream));
  return {
    kind: 'stream',
    chunks,
    peek: () => chunks.peek(),
    destroy: () => void stream.destroy(),
  };
}

/** Chunks of which the first may be looked at before it is taken. */
class PeekableChunks implements AsyncIterator<Uint8Array> {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #first: IteratorResult<Uint8Array> | undefined;

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  async peek(): Promise<Uint8Array> {
    this.#first ??= await this.#chunks.next();
    return this.#first.done === true ? new Uint8Array() : this.#first.value;
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const first = this.#first;
    this.#first = undefined;
    return first ?? this.#chunks.next();
  }
}

/** The stream's chunks, unpacked if they are gzip. A first chunk of one byte waits for its second. */
async function* unpacked(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  let head = new Uint8Array();
  while (head.length < 2) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const rest = prepend(head, chunks);
  yield* isGzip(head) ? gunzipped(rest) : rest;
}

async function* prepend(
  head: Uint8Array,
  chunks: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    yield next.value;
  }
}

function unreadable(path: string, cause: unknown): CaptureError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new CaptureError('CAPTURE_NOT_READABLE', path, REASONS[code ?? ''] ?? message, { cause });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
  EISDIR: 'it is a folder',
};
