import { closeSync, constants, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { systemText } from '../config/system-text.ts';

/**
 * Writes our number over the file, whatever it held: nobody is killed for what stands in an old one. A
 * link is not followed, since others may write where pid files lie. Returns why it could not be done.
 */
export function writePidFile(path: string): string | undefined {
  const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;
  try {
    const file = openSync(path, O_CREAT | O_NOFOLLOW | O_TRUNC | O_WRONLY, 0o644);
    writeSync(file, `${process.pid}\n`);
    closeSync(file);
    return undefined;
  } catch (error) {
    return `could not create pid file ${path}: ${systemText(error as NodeJS.ErrnoException)}`;
  }
}

/** Whether the file has our number already: it was written while we had root's rights to do so. */
export function isInPidFile(path: string): boolean {
  try {
    return readFileSync(path, 'utf8') === `${process.pid}\n`;
  } catch {
    return false;
  }
}

export function removePidFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody was faster.
  }
}
