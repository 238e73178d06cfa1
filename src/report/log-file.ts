import { openSync, writeSync } from 'node:fs';

/**
 * Appends lines to a log file as knockd does: local time without seconds, one write a line. A file that
 * can't be opened or written is said once, and the daemon goes on.
 */
export function logFile(path: string, warn: (line: string) => void): (message: string) => void {
  let isBroken = false;
  const guarded = <T>(action: () => T): T | undefined => {
    try {
      return action();
    } catch (error) {
      if (!isBroken) warn(`warning: cannot open logfile: ${(error as Error).message}`);
      isBroken = true;
      return undefined;
    }
  };
  const descriptor = guarded(() => openSync(path, 'a'));
  return (message) => {
    if (descriptor !== undefined) {
      guarded(() => writeSync(descriptor, `[${localMinute(new Date())}] ${message}\n`));
    }
  };
}

/** `2026-11-21 22:54` */
export function localMinute(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
