import type { Configuration } from '../config/configuration.ts';
import { stamp, type Event } from '../report/event.ts';
import { jsonLine } from '../report/json.ts';
import { knockdText } from '../report/knockd-text.ts';
import { logFile } from '../report/log-file.ts';
import { rejectedOf } from '../source/rejected.ts';
import type { SourceCounters } from '../source/source.ts';
import type { RunStyle } from './run.ts';
import { print, say } from './terminal.ts';

/** Where the daemon's events go: stdout as text or JSON, and the log file if there is one. */
export class EventOutput {
  readonly #file: string;
  readonly #isJson: boolean;
  readonly #isQuiet: boolean;
  readonly #log: (message: string) => void;

  constructor({ file, options }: Configuration, style: RunStyle, isJson: boolean) {
    this.#file = file;
    this.#isJson = isJson;
    this.#isQuiet = style.isQuiet;
    this.#log = options.logFile === undefined ? () => {} : logFile(options.logFile, say);
  }

  event(event: Event): void {
    const lines = knockdText(event);
    for (const line of lines) this.#log(event.event === 'timeout' ? `${line}\n` : line);
    if (this.#isQuiet) return;
    if (!this.#isJson) for (const line of lines) print(line);
    const json = this.#isJson ? jsonLine(event) : undefined;
    if (json !== undefined) print(json);
  }

  suppressed(count: number): void {
    this.#line('suppressed', { count }, `${count} event lines left out`);
  }

  listening(interfaces: readonly string[]): void {
    const names = interfaces.join(',');
    this.#log(`starting up, listening on ${names}`);
    this.#talk('listening', { interfaces }, `listening on ${names}...`);
  }

  reloading(): void {
    this.#line('reload', { file: this.#file }, `re-reading config file: ${this.#file}`);
  }

  closing(counters: SourceCounters): void {
    this.#log('shutting down');
    const { packets, dropped } = counters;
    this.#talk('closing', { packets, dropped, rejected: rejectedOf(counters) }, 'closing...');
  }

  /** What the command adapter tells: knockd's lines for start and stop commands. */
  commandReports(): { onCommand(line: string): void } {
    return {
      onCommand: (line) => {
        this.#log(line);
        if (!this.#isQuiet && !this.#isJson) print(line);
      },
    };
  }

  #line(event: string, fields: object, text: string): void {
    this.#log(text);
    this.#talk(event, fields, text);
  }

  #talk(event: string, fields: object, text: string): void {
    if (this.#isQuiet) return;
    const nowMs = Date.now();
    const now = { seconds: Math.floor(nowMs / 1000), nanoseconds: (nowMs % 1000) * 1e6 };
    print(this.#isJson ? JSON.stringify({ event, ...fields, ...stamp(now) }) : text);
  }
}
