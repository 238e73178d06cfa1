import { print, say } from './terminal.ts';

/** Whoever started the drop-in: what it prints goes there, and when it is ready that is said. */
export interface Caller {
  print(line: string): void;
  say(line: string): void;
  /** With `-d` the caller waits no longer from here on, and hears nothing more. */
  ready(): void;
  /** Descriptors by which the caller is reached, for a process that begins anew. */
  descriptors(): readonly number[];
}

/** The process's own streams. */
export const OWN_STREAMS: Caller = { print, say, ready() {}, descriptors: () => [] };
