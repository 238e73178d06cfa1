import { close, read } from 'node:fs';

/** Fits the second-level cache; 16 KiB takes a third longer, 4 MiB a little. */
const CHUNK_BYTES = 256 * 1024;

/**
 * The bytes of a file, chunk by chunk, each on loan until the next but one is asked for: one is read into
 * while the other is worked on. A stream of node's has a new buffer for each chunk, and takes three times
 * the processor time (bench/cases/log).
 */
export class FileChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #fd: number;
  #free: Buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #filling: Buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #position = 0;
  /** How many bytes come into the buffer that is being filled. */
  #coming: Promise<number> | undefined;
  #isClosed = false;

  /** Closes the descriptor when it is destroyed. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isClosed) return { value: undefined, done: true };
    this.#coming ??= this.#fill();
    const bytes = await this.#coming;
    if (bytes === 0) return { value: undefined, done: true };
    const chunk = this.#filling.subarray(0, bytes);
    [this.#filling, this.#free] = [this.#free, this.#filling];
    this.#coming = this.#isClosed ? undefined : this.#fill();
    return { value: chunk, done: false };
  }

  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const end = (): void => close(this.#fd, () => undefined);
    if (this.#coming === undefined) end();
    else void this.#coming.finally(end).catch(() => undefined);
  }

  #fill(): Promise<number> {
    const coming = new Promise<number>((resolve, reject) => {
      read(this.#fd, this.#filling, 0, CHUNK_BYTES, this.#position, (error, bytes) => {
        if (error !== null) return reject(error);
        this.#position += bytes;
        resolve(bytes);
      });
    });
    // Who asks for the next chunk hears of it; nobody may.
    coming.catch(() => undefined);
    return coming;
  }
}
