import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

let count = 0;

/** Two network namespaces of our own, joined by a veth: where live cases run. They go with the object. */
export class Pair implements AsyncDisposable {
  readonly server: string;
  readonly client: string;
  /** The server's end; 10.77.0.2. */
  readonly serverInterface = 'ptns0';
  /** The client's end; 10.77.0.1. */
  readonly clientInterface = 'ptnc0';
  readonly #children: ChildProcess[] = [];

  constructor() {
    const name = `ptnb${process.pid}x${count++}`;
    this.server = `${name}s`;
    this.client = `${name}c`;
    for (const netns of [this.server, this.client]) {
      ip('netns', 'add', netns);
      ip('-n', netns, 'link', 'set', 'lo', 'up');
    }
    const [ours, theirs] = [this.serverInterface, this.clientInterface];
    ip(
      '-n',
      this.server,
      'link',
      'add',
      ours,
      'type',
      'veth',
      'peer',
      'name',
      theirs,
      'netns',
      this.client,
    );
    ip('-n', this.server, 'addr', 'add', '10.77.0.2/16', 'dev', ours);
    ip('-n', this.client, 'addr', 'add', '10.77.0.1/16', 'dev', theirs);
    ip('-n', this.server, 'link', 'set', ours, 'up');
    ip('-n', this.client, 'link', 'set', theirs, 'up');
  }

  /** Starts a program in the server's namespace and waits for a line that holds `word`. */
  async daemon(word: string, command: string, ...args: string[]): Promise<ChildProcess> {
    const child = spawn('ip', ['netns', 'exec', this.server, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let said = '';
    const lines = [child.stdout!, child.stderr!].map((input) => createInterface({ input }));
    await new Promise<void>((ready, fail) => {
      for (const reader of lines) {
        reader.on('line', (line) => {
          said = `${said}\n${line}`.slice(-2000);
          if (line.includes(word)) ready();
        });
      }
      child.once('exit', (code) => fail(new Error(`${command} ended with ${code}: ${said}`)));
    });
    return child;
  }

  /** Runs a program to its end in one of the two namespaces; what it printed. */
  run(netns: string, command: string, ...args: string[]): Promise<string> {
    return this.start(netns, command, ...args).printed;
  }

  /** Starts a program that ends by itself, or by a signal that it knows; what it printed by then. */
  start(
    netns: string,
    command: string,
    ...args: string[]
  ): { readonly child: ChildProcess; readonly printed: Promise<string> } {
    const child = spawn('ip', ['netns', 'exec', netns, command, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const printed = once(child, 'close').then(([code]) => {
      if (code !== 0) throw new Error(`${command} ended with ${code}`);
      return text;
    });
    printed.catch(() => undefined); // whoever waits for it hears of it, perhaps later
    return { child, printed };
  }

  async end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await Promise.race([once(child, 'exit'), sleep(3000).then(() => child.kill('SIGKILL'))]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) await this.end(child);
    for (const netns of [this.server, this.client]) spawnSync('ip', ['netns', 'del', netns]);
  }
}

/** Why live cases can't run here; undefined if they can. */
export function whyNoPair(): string | undefined {
  if (process.getuid!() !== 0) return 'network namespaces need root here';
  return spawnSync('ip', ['-V']).error === undefined ? undefined : 'iproute2 is not installed';
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
