import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CaptureError } from './capture-error.ts';
import { gunzipped } from './gunzipped.ts';

/** Where the bytes of a capture come from. */
export type CaptureInput =
  | { readonly kind: 'file'; readonly handle: FileHandle; readonly bytes: number }
  | { readonly kind: 'stream'; readonly chunks: AsyncIterator<Uint8Array>; destroy(): void };

/**
 * Opens a capture: `-` is standard input. A regular file that is not packed stays one, so that it can be
 * mapped, unless `asStream`; gzip is told by its first two bytes, whatever the name.
 */
export async function openInput(
  path: string,
  options: { asStream: boolean },
): Promise<CaptureInput> {
  if (path === '-') return streamOf(process.stdin);
  const handle = await open(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const status = await handle.stat();
    if (status.isDirectory()) throw unreadable(path, new Error('it is a folder'));
    if (status.isFile() && !options.asStream && !(await isPacked(handle))) {
      return { kind: 'file', handle, bytes: status.size };
    }
  } catch (error) {
    await handle.close();
    throw error instanceof CaptureError ? error : unreadable(path, error);
  }
  return streamOf(createReadStream(path, { fd: handle, highWaterMark: CHUNK_BYTES }));
}

/** Fits the second-level cache; measured against 16 KiB to 4 MiB in bench/cases/replay. */
const CHUNK_BYTES = 256 * 1024;

async function isPacked(handle: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && isGzip(buffer);
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function streamOf(stream: Readable): CaptureInput {
  return { kind: 'stream', chunks: unpacked(stream), destroy: () => void stream.destroy() };
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
