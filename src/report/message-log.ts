import { Buffer } from 'node:buffer';
import { LogFile } from './log-file.ts';
import { Syslog } from './syslog.ts';

/** A message is cut behind so many bytes, its newline with them. */
const LONGEST = 1023;

/** Where messages are kept, as knockd keeps them: in a log file, in syslog, in both or nowhere. */
export class MessageLog {
  readonly #file: LogFile;
  #syslog: Syslog | undefined;

  constructor(warn: (line: string) => void) {
    this.#file = new LogFile(warn);
  }

  /** Once asked for, syslog stays: 0.8 can't be talked out of it by a reload. */
  useSyslog(identity: string): void {
    this.#syslog ??= new Syslog(identity);
  }

  openFile(path: string): void {
    this.#file.open(path);
  }

  closeFile(): void {
    this.#file.close();
  }

  write(message: string): void {
    const text = cut(message);
    this.#file.write(text);
    this.#syslog?.write(text);
  }

  close(): void {
    this.#file.close();
    this.#syslog?.close();
  }
}

function cut(message: string): string {
  if (message.length * 3 <= LONGEST) return message;
  const bytes = Buffer.from(message);
  if (bytes.length <= LONGEST) return message;
  return new TextDecoder().decode(bytes.subarray(0, LONGEST), { stream: true });
}
