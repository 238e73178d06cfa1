import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A line to a daemon's control socket that asks one thing after the other. */
export class ControlClient implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect(path: string): Promise<ControlClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new ControlClient(socket);
  }

  /** The line that answers. */
  async ask(request: object): Promise<string> {
    this.#socket.write(`${JSON.stringify({ v: 1, ...request })}\n`);
    const parts: Buffer[] = [];
    for (;;) {
      const [bytes] = (await once(this.#socket, 'data')) as [Buffer];
      parts.push(bytes);
      if (bytes.at(-1) === 0x0a) return Buffer.concat(parts).toString();
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
