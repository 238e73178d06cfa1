import { closeSync, openSync, readSync } from 'node:fs';
import { ConfigError, wholeFile } from './config-error.ts';
import { systemText } from './system-text.ts';

/** No configuration is that long; `/dev/zero` is. */
const MOST_BYTES = 64 << 20;

/** The bytes of a file, or why they can't be had. */
export function readBytes(path: string, flags: 'r' | 'r+' = 'r'): Buffer | ConfigError {
  try {
    const file = openSync(path, flags);
    try {
      return readAll(file, path);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return unreadable(path, 'CONFIG_UNREADABLE', systemText(error as NodeJS.ErrnoException));
  }
}

function readAll(file: number, path: string): Buffer | ConfigError {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 16);
    const length = readSync(file, chunk, 0, chunk.length, null);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    size += length;
    if (size > MOST_BYTES) {
      const reason = `over ${MOST_BYTES >> 20} MB is no configuration`;
      return unreadable(path, 'CONFIG_TOO_LARGE', reason);
    }
  }
}

function unreadable(
  file: string,
  code: 'CONFIG_UNREADABLE' | 'CONFIG_TOO_LARGE',
  reason: string,
): ConfigError {
  const place = wholeFile(file);
  const knockdLine = `${file}: ${reason}`;
  return new ConfigError(reason, { severity: 'error', code, place, knockdLine });
}
