import { closeSync } from 'node:fs';
import { asStream, openInput, peek, type CaptureInput } from './capture-input.ts';
import type { CaptureSource } from './decoded-source.ts';
import type { LogOptions } from './log/log-file.ts';
import { captureFrom, decoderOf, type CaptureOptions } from './pcap.ts';

/** What a recording is: packets as they were captured, or lines that a firewall wrote about them. */
export type RecordingFormat = 'capture' | 'log';

/**
 * Opens a recording of either kind. Which one it is shows in its first bytes, unless that is said: lines
 * of a log begin with a date, a brace, a bracket, a priority or a cursor of the journal's.
 */
export async function openRecording(
  path: string,
  options: CaptureOptions & LogOptions,
  format?: RecordingFormat,
): Promise<CaptureSource> {
  const input = openInput(path, { asStream: decoderOf(options) !== 'native' });
  const isLog = format === undefined ? await startsAsLog(input) : format === 'log';
  if (!isLog) return captureFrom(path, input, options);
  const { logFrom } = await import('./log/log-file.ts');
  return logFrom(path, asStream(input), options);
}

async function startsAsLog(input: CaptureInput): Promise<boolean> {
  try {
    const head = Buffer.from(await peek(input, 64)).toString('latin1', 0, 64);
    return HEADS.some((form) => form.test(head));
  } catch (error) {
    if (input.kind === 'file') closeSync(input.fd);
    else input.destroy();
    throw error;
  }
}

const HEADS = [
  /^[A-Z][a-z]{2} [ \d]\d \d\d:/,
  /^\d{4}-\d\d-\d\dT/,
  /^<\d{1,3}>/,
  /^\[ *\d+\.\d+\] /,
  /^\{ *"/,
  /^__CURSOR=/,
];
