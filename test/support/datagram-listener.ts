import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Namespace } from './netns.ts';
import { until } from './until.ts';

/** Binds a datagram socket and prints each message as JSON; node has no such socket. */
const RECEIVER = `
import json, os, socket, sys
path = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(chr(0) + path[1:] if path[0] == '@' else path)
print('ready', flush=True)
while True: print(json.dumps(s.recv(65536).decode()), flush=True)
`;

/** Listens on a unix datagram socket, a path or an abstract name with `@` for its NUL. */
export class DatagramListener implements Disposable {
  readonly messages: string[] = [];
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Abstract names are of one network namespace. */
  static async bind(namespace: Namespace, path: string): Promise<DatagramListener> {
    const listener = new DatagramListener(namespace.spawn(['python3', '-c', RECEIVER, path]));
    const lines = createInterface({ input: listener.#process.stdout! });
    await once(lines, 'line');
    lines.on('line', (line) => listener.messages.push(JSON.parse(line) as string));
    return listener;
  }

  /** Waits for a message that holds this text, behind those that were there already. */
  async next(text: string, behind = 0): Promise<string> {
    const found = (): string | undefined =>
      this.messages.slice(behind).find((message) => message.includes(text));
    await until(() => found() !== undefined, 20_000);
    return found()!;
  }

  [Symbol.dispose](): void {
    this.#process.kill('SIGKILL');
  }
}
