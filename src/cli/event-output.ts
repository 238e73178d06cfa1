import type { Configuration } from '../config/configuration.ts';
import type { CommandEvent } from '../firewall/command/command.ts';
import { commandText } from '../daemon/command-text.ts';
import {
  isWorthKeeping,
  linkReportFields,
  linkReportText,
  type LinkReport,
} from '../daemon/link-report.ts';
import { stamp, type Event } from '../report/event.ts';
import { jsonLine } from '../report/json.ts';
import { knockdText } from '../report/knockd-text.ts';
import { MessageLog } from '../report/message-log.ts';
import { rejectedOf } from '../source/rejected.ts';
import { formatAddress } from '../tuple/address.ts';
import type { SourceCounters } from '../source/source.ts';
import { print, say } from './terminal.ts';

/** Where events of `postern run` go: stdout as text or JSON, and the logs that the configuration names. */
export class EventOutput {
  readonly #isJson: boolean;
  readonly #log = new MessageLog(say);

  constructor({ options }: Configuration, isJson: boolean) {
    this.#isJson = isJson;
    if (options.useSyslog) this.#log.useSyslog('postern');
    if (options.logFile !== undefined) this.#log.openFile(options.logFile);
  }

  event(event: Event): void {
    const lines = knockdText(event);
    for (const line of lines) this.#log.write(event.event === 'timeout' ? `${line}\n` : line);
    if (!this.#isJson) for (const line of lines) print(line);
    const json = this.#isJson ? jsonLine(event) : undefined;
    if (json !== undefined) print(json);
  }

  command(event: CommandEvent): void {
    const { text, to, hasNewline } = commandText(event, formatAddress(event.source));
    this.#log.write(hasNewline ? `${text}\n` : text);
    if (to === 'stderr') say(`postern: ${text}`);
    else if (!this.#isJson) print(text);
  }

  complain(text: string): void {
    this.#log.write(text);
    say(`postern: ${text}`);
  }

  suppressed(count: number): void {
    this.#line('suppressed', { count }, `${count} event lines left out`);
  }

  listening(interfaces: readonly string[]): void {
    const names = interfaces.join(',');
    this.#log.write(`starting up, listening on ${names}`);
    this.#talk('listening', { interfaces }, `listening on ${names}...`);
  }

  link(report: LinkReport): void {
    const text = linkReportText(report);
    if (isWorthKeeping(report)) this.#log.write(text);
    this.#talk(report.kind, linkReportFields(report), text);
  }

  reloading(file: string): void {
    this.#line('reload', { file }, `re-reading config file: ${file}`);
  }

  /** The log file may have been moved away, or be another one. */
  reopen({ options }: Configuration): void {
    if (options.useSyslog) this.#log.useSyslog('postern');
    if (options.logFile === undefined) this.#log.closeFile();
    else this.#log.openFile(options.logFile);
  }

  /** The new doors are in force; knockd has no line for that. */
  reloaded({ doors }: Configuration): void {
    if (this.#isJson) this.#talk('reloaded', { doors: doors.length }, '');
  }

  closing(counters: SourceCounters): void {
    this.#log.write('shutting down');
    const { packets, dropped } = counters;
    this.#talk('closing', { packets, dropped, rejected: rejectedOf(counters) }, 'closing...');
    this.#log.close();
  }

  #line(event: string, fields: object, text: string): void {
    this.#log.write(text);
    this.#talk(event, fields, text);
  }

  #talk(event: string, fields: object, text: string): void {
    const nowMs = Date.now();
    const now = { seconds: Math.floor(nowMs / 1000), nanoseconds: (nowMs % 1000) * 1e6 };
    print(this.#isJson ? JSON.stringify({ event, ...fields, ...stamp(now) }) : text);
  }
}
