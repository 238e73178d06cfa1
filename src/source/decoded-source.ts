import type { Interest } from '../matcher/interest.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import type { CaptureDecoder } from './capture-decoder.ts';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';
import type { CaptureInput } from './capture-input.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { namedCounters } from './named-counters.ts';
import type { SourceCounters, TupleSource } from './source.ts';

/** A capture file as a source. */
export interface CaptureSource extends TupleSource {
  /** Bytes of the file, where it is a regular one that is not packed: what `position` runs up to. */
  readonly fileBytes: number | undefined;
  readonly position: number;
}

/** Feeds a decoder from an input, and lends its batch. */
export class DecodedSource implements CaptureSource {
  readonly name: string;
  readonly fileBytes: number | undefined;
  readonly #input: CaptureInput;
  readonly #decoder: CaptureDecoder;
  readonly #batch: TupleBatch;
  readonly #signal: AbortSignal | undefined;
  #isClosed = false;
  #position = 0;
  #interfaces: readonly string[] = [];

  constructor(
    name: string,
    input: CaptureInput,
    decoder: CaptureDecoder,
    batch: TupleBatch,
    signal: AbortSignal | undefined,
  ) {
    this.name = name;
    this.fileBytes = input.kind === 'file' ? input.bytes : undefined;
    this.#input = input;
    this.#decoder = decoder;
    this.#batch = batch;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#stopReading, { once: true });
  }

  get interfaces(): readonly string[] {
    return this.#isClosed ? this.#interfaces : this.#decoder.interfaces;
  }

  get position(): number {
    return this.#isClosed ? this.#position : this.#decoder.position;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TupleBatch> {
    const turn = new EventLoopTurn();
    while (!this.#isOver()) {
      this.#batch.length = this.#decoder.drain();
      if (this.#batch.length > 0) yield this.#batch;
      if (this.#isOver() || this.#decoder.state === 'ended') return;
      if (this.#decoder.state === 'failed') throw this.#failure();
      if (this.#decoder.state === 'hungry') await this.#feed();
      else if (turn.isDue()) await turn.pause();
    }
  }

  counters(): SourceCounters {
    const lines = this.#decoder.lineCounters?.();
    const packets = namedCounters((into) => this.#decoder.counters(into));
    return lines === undefined ? packets : { ...packets, lines };
  }

  setInterest(interest: Interest): void {
    this.#decoder.setInterest(interest);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#interfaces = this.#decoder.interfaces;
    this.#position = this.#decoder.position;
    this.#isClosed = true;
    this.#signal?.removeEventListener('abort', this.#stopReading);
    this.#stopReading();
    this.#decoder.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #isOver(): boolean {
    return this.#isClosed || this.#signal?.aborted === true;
  }

  /** A pipe may be silent for ever; destroying it ends the wait for its next chunk. */
  readonly #stopReading = (): void => {
    if (this.#input.kind === 'stream') this.#input.destroy();
  };

  async #feed(): Promise<void> {
    if (this.#input.kind === 'file') return;
    try {
      const next = await this.#input.chunks.next();
      if (this.#isOver()) return;
      if (next.done === true) this.#decoder.end();
      else this.#decoder.feed(next.value);
    } catch (cause) {
      if (this.#isOver()) return;
      throw this.#interrupted(cause as NodeJS.ErrnoException);
    }
  }

  /** The stream broke off: the unpacker's errors tell a cut file from a damaged one. */
  #interrupted(cause: NodeJS.ErrnoException): CaptureError {
    const code = UNPACKING[cause.code ?? ''] ?? 'CAPTURE_NOT_READABLE';
    const offset = this.#decoder.position;
    return new CaptureError(code, this.name, cause.message, { offset, cause });
  }

  #failure(): CaptureError {
    const { code, offset, reason } = this.#decoder.failure!;
    return new CaptureError(code, this.name, reason, { offset });
  }
}

const UNPACKING: Readonly<Record<string, CaptureErrorCode>> = {
  Z_BUF_ERROR: 'CAPTURE_TRUNCATED',
  Z_DATA_ERROR: 'CAPTURE_CORRUPT',
};
