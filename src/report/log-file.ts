import { appendFileSync } from 'node:fs';

/** Appends lines to a log file as knockd does: local time without seconds, one write a line, reopened each time. */
export function logFile(path: string): (message: string) => void {
  return (message) => appendFileSync(path, `[${localMinute(new Date())}] ${message}\n`);
}

/** `2026-11-21 22:54` */
export function localMinute(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
