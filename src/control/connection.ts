import type { Socket } from 'node:net';
import { ControlError } from './control-error.ts';
import { jsonInTurns } from './json-in-turns.ts';
import { Lines } from './lines.ts';
import { MAX_REQUEST_BYTES, parseRequest, PROTOCOL_VERSION, type Request } from './protocol.ts';

/** Bytes that a watcher may be behind; what comes then is left out, and counted for it. */
const MAX_BEHIND = 1 << 20;

/** So long a client has to read why it is sent away. */
const LEAVE_MS = 1000;

export interface ConnectionParts {
  readonly socket: Socket;
  /** The answer to a request; may throw a `ControlError`. */
  readonly answer: (request: Request) => object | Promise<object>;
  /** Told of every request that was turned down, and why. */
  readonly onError: (error: ControlError) => void;
}

/** One client: its requests, answered one after the other, and the events that it watches. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #lines = new Lines(MAX_REQUEST_BYTES);
  #isWatching = false;
  #missed = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    void this.#serve();
  }

  get isWatching(): boolean {
    return this.#isWatching;
  }

  /** Sends a line about an event to who watches. */
  publish(line: string): void {
    if (!this.#isWatching) return;
    const { socket } = this.#parts;
    if (socket.writableLength > MAX_BEHIND) {
      this.#missed++;
      return;
    }
    if (this.#missed > 0)
      socket.write(`${JSON.stringify({ event: 'missed', count: this.#missed })}\n`);
    this.#missed = 0;
    socket.write(`${line}\n`);
  }

  async #serve(): Promise<void> {
    const { socket } = this.#parts;
    try {
      for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
        for (const line of this.#lines.take(bytes as Buffer)) {
          await this.#request(line);
          if (line === undefined) return leave(socket);
        }
      }
    } catch {
      // The client went away; nothing is owed to it.
    }
    socket.end();
  }

  async #request(line: string | undefined): Promise<void> {
    const { answer, onError } = this.#parts;
    try {
      if (line === undefined) throw tooLong();
      const request = parseRequest(line);
      await this.#send({ ok: true, ...(await answer(request)) });
      if (request.do === 'watch') this.#isWatching = true;
    } catch (error) {
      const failure = error instanceof ControlError ? error : failed(error as Error);
      onError(failure);
      await this.#send({ ok: false, error: { code: failure.code, message: failure.message } });
    }
  }

  async #send(answer: object): Promise<void> {
    const { socket } = this.#parts;
    const text = await jsonInTurns({ v: PROTOCOL_VERSION, ...answer });
    if (socket.writable && !socket.write(`${text}\n`)) await drained(socket);
  }
}

/** Who does not read its answers has no further request read: what it is owed would grow without end. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      socket.off('drain', end).off('close', end);
      resolve();
    };
    socket.on('drain', end).on('close', end);
  });
}

/**
 * Ends a connection whose other end is still writing: closed at once, with bytes of it unread, the kernel
 * would throw away our last answer, too.
 */
function leave(socket: Socket): void {
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), LEAVE_MS).unref();
}

/** What the one who asked can't help: the daemon goes on. */
function failed({ message }: Error): ControlError {
  return new ControlError('FAILED', message);
}

function tooLong(): ControlError {
  return new ControlError('TOO_LONG', `a request has at most ${MAX_REQUEST_BYTES} bytes`);
}
