import { closeSync } from 'node:fs';
import type { Interest } from '../matcher/interest.ts';
import { hasNative } from '../native.ts';
import { allocateBatch } from '../tuple/batch.ts';
import { nativeDecoder, type CaptureDecoder, type DecoderOptions } from './capture-decoder.ts';
import { openInput, type CaptureInput } from './capture-input.ts';
import { DecodedSource, type CaptureSource } from './decoded-source.ts';

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
  return captureFrom(path, openInput(path, { asStream: decoderOf(options) !== 'native' }), options);
}

/** A capture whose bytes come from an input that is open. */
export async function captureFrom(
  path: string,
  input: CaptureInput,
  options: CaptureOptions,
): Promise<CaptureSource> {
  const decoderOptions: DecoderOptions = {
    batch: allocateBatch(options.capacity ?? 4096, options.arenaBytes ?? 0),
    interest: options.interest ?? NO_INTEREST,
    sourceKey: options.sourceKey ?? new Uint8Array(16),
    everyPacket: options.everyPacket ?? false,
  };
  try {
    const decoder =
      decoderOf(options) === 'native'
        ? nativeDecoder(decoderOptions, input.kind === 'file' ? input.fd : undefined)
        : await typescriptDecoder(decoderOptions);
    return new DecodedSource(path, input, decoder, decoderOptions.batch, options.signal);
  } catch (error) {
    if (input.kind === 'stream') input.destroy();
    throw error;
  } finally {
    // The decoder has mapped the file and holds a descriptor of its own.
    if (input.kind === 'file') closeSync(input.fd);
  }
}

async function typescriptDecoder(options: DecoderOptions): Promise<CaptureDecoder> {
  const { FallbackDecoder } = await import('./fallback/decoder.ts');
  return new FallbackDecoder(options);
}

/** The addon reads files by itself; TypeScript is fed. */
export function decoderOf({ decoder }: CaptureOptions): 'native' | 'typescript' {
  return decoder ?? (hasNative() ? 'native' : 'typescript');
}

export const NO_INTEREST: Interest = {
  tcp: new Uint8Array(8192),
  udp: new Uint8Array(8192),
  icmp: false,
  icmp6: false,
  tcpFlags: { mask: 0, value: 0 },
};
