import type { CommandEvent } from '../firewall/command/command.ts';
import { commandText } from '../daemon/command-text.ts';
import { isWorthKeeping, linkReportText, type LinkReport } from '../daemon/link-report.ts';
import type { Event } from '../report/event.ts';
import { HostNames } from '../report/host-names.ts';
import { knockdText } from '../report/knockd-text.ts';
import { MessageLog } from '../report/message-log.ts';
import { formatAddress } from '../tuple/address.ts';
import type { Caller } from './caller.ts';
import type { KnockdFlags } from './knockd-flags.ts';

export interface Logs {
  readonly useSyslog: boolean;
  readonly logFile?: string | undefined;
}

/**
 * What 0.8 prints and logs, to the byte: stdout with `-v` and `-D`, stderr, log file and syslog. With
 * `-l` a line waits for its knocker's name, and those behind it wait with it.
 */
export class KnockdOutput {
  readonly #caller: Caller;
  readonly #flags: KnockdFlags;
  readonly #isCompat: boolean;
  readonly #log: MessageLog;
  readonly #names: HostNames | undefined;
  #logFile: string | undefined;
  #lastLine: Promise<void> = Promise.resolve();

  constructor(caller: Caller, flags: KnockdFlags, logs: Logs & { readonly isCompat: boolean }) {
    this.#caller = caller;
    this.#flags = flags;
    this.#isCompat = logs.isCompat;
    this.#log = new MessageLog((line) => caller.say(line));
    this.#names = flags.looksUp ? new HostNames() : undefined;
    if (logs.useSyslog) this.#log.useSyslog('knockd');
    this.#logFile = logs.logFile;
    if (logs.logFile !== undefined) this.#log.openFile(logs.logFile);
  }

  /** A knock that came to nothing is not worth a word to 0.8. */
  event(event: Event): void {
    if (this.#isCompat && event.event === 'refuse' && SILENT.has(event.reason)) return;
    this.#about(event.source, (source) => {
      for (const line of knockdText(event, source)) {
        this.#verbose(line);
        this.#log.write(event.event === 'timeout' ? `${line}\n` : line);
      }
    });
  }

  command(event: CommandEvent): void {
    this.#about(formatAddress(event.source), (source) => {
      const { text, to, hasNewline } = commandText(event, source);
      if (to === 'stderr') this.#caller.say(text);
      else this.#verbose(text);
      this.#log.write(hasNewline ? `${text}\n` : text);
    });
  }

  /** On stderr and in the log. */
  complain(text: string): void {
    this.#caller.say(text);
    this.#log.write(`${text}\n`);
  }

  say(text: string): void {
    this.#caller.say(text);
  }

  suppressed(count: number): void {
    this.#line(`${count} event lines left out`);
  }

  listening(interfaces: readonly string[]): void {
    const names = interfaces.join(',');
    this.#verbose(`listening on ${names}...`);
    this.#log.write(`starting up, listening on ${names}`);
  }

  link(report: LinkReport): void {
    const text = linkReportText(report);
    this.#verbose(text);
    if (isWorthKeeping(report)) this.#log.write(text);
  }

  reloading(file: string): void {
    this.#verbose(`re-reading config file: ${file}`);
    this.#log.write(`re-reading config file: ${file}\n`);
  }

  closeLog(): void {
    this.#verbose(`closing log file: ${this.#logFile ?? ''}`);
    this.#log.closeFile();
  }

  /** The file may have been moved away, or the configuration may name another. */
  reopenLog({ logFile, useSyslog }: Logs): void {
    if (useSyslog) this.#log.useSyslog('knockd');
    this.#verbose(`re-opening log file: ${logFile ?? ''}`);
    this.#log.write(`re-opening log file: ${logFile ?? ''}\n`);
    this.#logFile = logFile;
    if (logFile !== undefined) this.#log.openFile(logFile);
    else if (this.#isCompat) {
      this.#caller.say('warning: cannot open logfile: No such file or directory');
    }
  }

  log(message: string): void {
    this.#log.write(message);
  }

  waiting(): void {
    this.#verbose('waiting for child processes...');
  }

  closing(): void {
    this.#verbose('closing...');
    this.#log.write('shutting down');
  }

  /** Lets lines that wait for a name be written, each in its turn. */
  async end(): Promise<void> {
    await this.#lastLine;
    this.#log.close();
  }

  #line(text: string): void {
    this.#verbose(text);
    this.#log.write(text);
  }

  #verbose(line: string): void {
    if (this.#flags.isVerbose) this.#caller.print(line);
  }

  #about(address: string, write: (source: string) => void): void {
    const names = this.#names;
    if (names === undefined) return write(address);
    const described = names.describe(address);
    this.#lastLine = this.#lastLine.then(async () => write(await described));
  }
}

const SILENT: ReadonlySet<string> = new Set(['wrong port', 'evicted']);
