import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ControlErrorCode } from './control-error.ts';
import { ControlError } from './control-error.ts';
import { PROTOCOL_VERSION } from './protocol.ts';

/** No daemon answers at the socket. */
export class NotRunningError extends Error {
  readonly code = 'NOT_RUNNING';
}

/** A request as it goes over the wire, without its version. */
export type Question = Readonly<Record<string, unknown>> & { readonly do: string };

/** A connection to a running daemon. */
export class ControlClient implements Disposable {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {}); // seen as the end of the lines
    this.#lines = createInterface({ input: socket, crlfDelay: Infinity })[Symbol.asyncIterator]();
  }

  /** Throws a `NotRunningError`, or the system's own error where we may not connect. */
  static async connect(path: string): Promise<ControlClient> {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
    } catch (error) {
      socket.destroy();
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ECONNREFUSED' && code !== 'ENOTDIR') throw error;
      throw new NotRunningError(`no daemon runs: nobody answers at ${path}`);
    }
    return new ControlClient(socket);
  }

  /** The answer; throws a `ControlError` with what the daemon says, or a `NotRunningError` if it ended. */
  async ask(question: Question): Promise<Record<string, unknown>> {
    this.#socket.write(`${JSON.stringify({ v: PROTOCOL_VERSION, ...question })}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new NotRunningError('the daemon ended before it answered');
    const answer = JSON.parse(value) as Answer;
    if (!answer.ok) throw new ControlError(answer.error.code, answer.error.message);
    return answer;
  }

  /** The lines of events that follow the answer to `watch`, until the daemon ends. */
  async *events(): AsyncGenerator<string> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) return;
      yield value;
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

type Answer =
  | { readonly ok: true; readonly [name: string]: unknown }
  | {
      readonly ok: false;
      readonly error: { readonly code: ControlErrorCode; readonly message: string };
    };

/** Whether somebody listens at a socket. */
export async function isAnswering(path: string): Promise<boolean> {
  try {
    (await ControlClient.connect(path))[Symbol.dispose]();
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES';
  }
}
