import { statSync } from 'node:fs';
import { allocateBatch } from '../../tuple/batch.ts';
import { asStream, openInput, type CaptureInput } from '../capture-input.ts';
import { DecodedSource, type CaptureSource } from '../decoded-source.ts';
import { NO_INTEREST, type CaptureOptions } from '../pcap.ts';
import { withPatterns } from './log-input.ts';
import { LogDecoder, type LogRules } from './log-decoder.ts';

export interface LogOptions extends Omit<CaptureOptions, 'arenaBytes' | 'decoder' | 'everyPacket'> {
  /** Default: the prefix `postern: `, and lines of the kernel's alone. */
  readonly rules?: LogRules;
  /** When the log was written last, which tells the year of stamps that have none. Default: what its file says, or now. */
  readonly lastWritten?: Date;
}

export const DEFAULT_LOG_RULES: LogRules = { prefixes: ['postern: '], trusts: false };

/**
 * Opens a firewall's log as a recording: plain or gzip, `-` for standard input, in any of the forms that
 * docs/sources.md names. Rejects with a `CaptureError` if there is nothing to read.
 *
 * @example
 * await using log = await openLog('/var/log/kern.log', { interest: compiled.interest });
 * for await (const batch of log) matcher.match(batch, decisions);
 */
export async function openLog(path: string, options: LogOptions = {}): Promise<CaptureSource> {
  return logFrom(path, openInput(path, { asStream: true }), options);
}

/** A log whose lines come from an input that is open. */
export function logFrom(path: string, input: CaptureInput, options: LogOptions): CaptureSource {
  const batch = allocateBatch(options.capacity ?? 4096);
  const decoder = new LogDecoder(path, {
    batch,
    interest: options.interest ?? NO_INTEREST,
    sourceKey: options.sourceKey ?? new Uint8Array(16),
    everyPacket: false,
    rules: options.rules ?? DEFAULT_LOG_RULES,
    live: undefined,
    endMs: options.lastWritten?.getTime() ?? lastWrittenMs(path),
  });
  const stream = withPatterns(asStream(input), decoder, options.rules?.patterns ?? []);
  return new DecodedSource(path, stream, decoder, batch, options.signal);
}

function lastWrittenMs(path: string): number {
  return (
    (path === '-' ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs) ?? Date.now()
  );
}
