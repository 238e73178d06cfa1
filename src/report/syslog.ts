import { Buffer } from 'node:buffer';
import { connectDatagram, type Datagram } from './datagram.ts';

/** RFC 3164's numbers, as syslog(3) puts them into the first field. */
export const FACILITY = { user: 1, daemon: 3 } as const;
const NOTICE = 5;
const EAGAIN = 11;
const RETRY_MS = 20;
/** Messages that wait while the receiver is behind; what comes on top is lost. */
const MOST_WAITING = 1000;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/**
 * Messages to the system's log, in the form of syslog(3). Like there, nobody hears of a receiver that is
 * missing; unlike there, one that is slow holds up nothing but its own messages.
 */
export class Syslog {
  readonly #identity: string;
  readonly #path: string;
  readonly #waiting: Buffer[] = [];
  #socket: Datagram | undefined;
  #retry: NodeJS.Timeout | undefined;

  /** A path that begins with a NUL is an abstract name. */
  constructor(identity: string, path = '/dev/log') {
    this.#identity = identity;
    this.#path = path;
  }

  write(message: string, facility: number = FACILITY.daemon): void {
    if (this.#waiting.length === MOST_WAITING) return;
    const priority = facility * 8 + NOTICE;
    const line = `<${priority}>${stamp(new Date())} ${this.#identity}: ${message}`;
    this.#waiting.push(Buffer.from(line));
    this.#sendAll();
  }

  close(): void {
    this.#sendAll();
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #sendAll(): void {
    while (this.#waiting.length > 0) {
      const error = this.#send(this.#waiting[0]!);
      if (error === EAGAIN) return this.#sendLater();
      this.#waiting.shift();
    }
  }

  /** A receiver that was started anew has another socket under the same path: one more try finds it. */
  #send(message: Buffer): number {
    const error = this.#connect()?.send(message) ?? 0;
    if (error === 0 || error === EAGAIN) return error;
    this.#socket?.close();
    this.#socket = undefined;
    return this.#connect()?.send(message) ?? error;
  }

  #connect(): Datagram | undefined {
    try {
      return (this.#socket ??= connectDatagram(this.#path));
    } catch {
      return undefined;
    }
  }

  #sendLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#sendAll();
    }, RETRY_MS).unref();
  }
}

/** `Nov  1 22:40:39`, local time, in English whatever the locale. */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${MONTHS[date.getMonth()]!} ${String(date.getDate()).padStart(2)} ${time}`;
}
