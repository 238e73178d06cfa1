import { closeSync } from 'node:fs';
import type { Interest } from '../matcher/interest.ts';
import { hasNative } from '../native.ts';
import { allocateBatch, type TupleBatch } from '../tuple/batch.ts';
import { nativeDecoder, type CaptureDecoder, type DecoderOptions } from './capture-decoder.ts';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';
import { openInput, type CaptureInput } from './capture-input.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import { FallbackDecoder } from './fallback/decoder.ts';
import { namedCounters } from './named-counters.ts';
import type { SourceCounters, TupleSource } from './source.ts';

export interface CaptureOptions {
  /** What rows are made of; default: nothing. */
  readonly interest?: Interest;
  /** A row for each packet, also for those that are no tuples; default false. */
  readonly everyPacket?: boolean;
  /** Rows in a batch; default 4,096, where the cost of handing a batch over has long vanished. */
  readonly capacity?: number;
  /** Bytes for payloads in a batch; default 0: none are copied. At least 2,048 otherwise. */
  readonly arenaBytes?: number;
  /** 16 bytes that key the `key0`, `key1` columns; default zeros, so that replays are alike. */
  readonly sourceKey?: Uint8Array;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** Who decodes; default the addon where it is, else TypeScript, about fifty times slower. */
  readonly decoder?: 'native' | 'typescript';
}

/** A capture file as a source. */
export interface CaptureSource extends TupleSource {
  /** Bytes of the file, where it is a regular one that is not packed: what `position` runs up to. */
  readonly fileBytes: number | undefined;
  readonly position: number;
}

/**
 * Opens a capture: pcap or pcapng, plain or gzip, `-` for standard input. Rejects with a `CaptureError`
 * if there is nothing to read; what is wrong inside the file is thrown by the iteration, after the batch
 * of what was readable before.
 *
 * @example
 * await using capture = await openCapture('knocks.pcap', { everyPacket: true });
 * for await (const batch of capture) console.log(batch.length, batch.port[0]);
 */
export async function openCapture(
  path: string,
  options: CaptureOptions = {},
): Promise<CaptureSource> {
  const isNative = (options.decoder ?? (hasNative() ? 'native' : 'typescript')) === 'native';
  const decoderOptions: DecoderOptions = {
    batch: allocateBatch(options.capacity ?? 4096, options.arenaBytes ?? 0),
    interest: options.interest ?? NO_INTEREST,
    sourceKey: options.sourceKey ?? new Uint8Array(16),
    everyPacket: options.everyPacket ?? false,
  };
  const input = openInput(path, { asStream: !isNative });
  try {
    const decoder = isNative
      ? nativeDecoder(decoderOptions, input.kind === 'file' ? input.fd : undefined)
      : new FallbackDecoder(decoderOptions);
    return new PcapSource(path, input, decoder, decoderOptions.batch, options.signal);
  } catch (error) {
    if (input.kind === 'stream') input.destroy();
    throw error;
  } finally {
    // The decoder has mapped the file and holds a descriptor of its own.
    if (input.kind === 'file') closeSync(input.fd);
  }
}

const NO_INTEREST: Interest = {
  tcp: new Uint8Array(8192),
  udp: new Uint8Array(8192),
  icmp: false,
  icmp6: false,
  tcpFlags: { mask: 0, value: 0 },
};

class PcapSource implements CaptureSource {
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
    return namedCounters((into) => this.#decoder.counters(into));
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
