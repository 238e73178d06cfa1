import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Namespace } from './netns.ts';
import { until } from './until.ts';

/** What tcpdump sees come in on an interface, a line a packet. */
export class PacketLog implements AsyncDisposable {
  readonly #process: ChildProcess;
  #text = '';

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.stdout!.on('data', (chunk: Buffer) => (this.#text += String(chunk)));
  }

  static async start(namespace: Namespace, device: string, filter: string): Promise<PacketLog> {
    const command = ['tcpdump', '-i', device, '-Q', 'in', '-n', '-l', '--immediate-mode', filter];
    const process = namespace.spawn(command, { stderr: 'pipe' });
    let said = '';
    process.stderr!.on('data', (chunk: Buffer) => (said += String(chunk)));
    await until(() => said.includes('listening on'));
    return new PacketLog(process);
  }

  async untilSeen(pattern: RegExp): Promise<void> {
    await until(() => pattern.test(this.#text));
  }

  /** Ends it; all that it saw. */
  async lines(): Promise<string[]> {
    await this[Symbol.asyncDispose]();
    return this.#text.split('\n').filter((line) => line !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGTERM');
    await once(this.#process, 'close');
  }
}
