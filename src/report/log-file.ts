import { closeSync, openSync, writeSync } from 'node:fs';
import { systemText } from '../config/system-text.ts';

/**
 * A log file in knockd's form: local time without seconds, one write a line, always at the end. A file
 * that can't be opened or written is said once, and the daemon goes on.
 */
export class LogFile {
  readonly #warn: (line: string) => void;
  #descriptor: number | undefined;
  #isBroken = false;

  constructor(warn: (line: string) => void) {
    this.#warn = warn;
  }

  open(path: string): void {
    this.close();
    this.#isBroken = false;
    this.#guarded('open', () => {
      this.#descriptor = openSync(path, 'a', 0o666);
    });
  }

  write(message: string): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#guarded('write', () =>
      writeSync(descriptor, `[${localMinute(new Date())}] ${message}\n`),
    );
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #guarded(verb: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      const reason = systemText(error as NodeJS.ErrnoException);
      if (!this.#isBroken) this.#warn(`warning: cannot ${verb} logfile: ${reason}`);
      this.#isBroken = true;
    }
  }
}

/** `2026-11-21 22:54` */
function localMinute(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
