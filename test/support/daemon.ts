import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { cpuSeconds } from './cpu-seconds.ts';
import type { Namespace } from './netns.ts';
import { passed } from './wait.ts';

/** Where the compiled commands lie. */
export const CLI: string = resolve(import.meta.dirname, '../../dist/cli');

/** POSTERN_WORKERS=2 has every daemon of a run share packets out, where its file leaves that open. */
const WORKERS: string =
  process.env['POSTERN_WORKERS'] === undefined
    ? ''
    : ` workers = ${process.env['POSTERN_WORKERS']}\n`;

/** One line of `--json`, with the moment it reached us. */
export interface DaemonEvent {
  readonly event: string;
  readonly door?: string;
  readonly source?: string;
  readonly stage?: number;
  readonly reason?: string;
  readonly renewed?: boolean;
  readonly at?: string;
  readonly atUs?: number;
  readonly packets?: number;
  readonly dropped?: number;
  readonly rejected?: Readonly<Record<string, number>>;
  readonly count?: number;
  readonly seenMs: number;
}

export interface DaemonOptions {
  /** Doors, in the form of knockd.conf. */
  readonly doors: string;
  /** Lines of its `[options]` section, besides the state folder. */
  readonly options?: string;
  /** Default `srv0`. */
  readonly interfaces?: readonly string[];
  /** Whom it becomes; its folder and its file are made so that he can read them. */
  readonly user?: string | undefined;
  /** Further flags. */
  readonly flags?: readonly string[];
  /** A command that runs another (setpriv ...). */
  readonly by?: readonly string[];
  /** Default `postern`, with `--json`; under `knockd` the lines are text. */
  readonly name?: 'postern' | 'knockd';
  /** What the output says when it is ready; undefined: do not wait. Default `listening`. */
  readonly readyWord?: string | undefined;
  /** A daemon before this one, whose file and state folder it takes on. */
  readonly after?: Daemon;
}

/** The real daemon in a namespace, with its file and its state folder in a folder of its own. */
export class Daemon implements AsyncDisposable {
  readonly folder: string;
  readonly configFile: string;
  readonly events: DaemonEvent[] = [];
  /** What was said besides events, stderr included. */
  readonly said: string[] = [];
  readonly process: ChildProcess;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #user: string | undefined;
  #onLine: () => void = () => {};

  private constructor(namespace: Namespace, options: DaemonOptions) {
    this.folder = options.after?.folder ?? mkdtempSync(join(tmpdir(), 'postern-daemon-'));
    this.configFile = join(this.folder, 'knockd.conf');
    this.#user = options.user;
    this.configure(options.doors, options.options);
    this.process = namespace.spawn(commandLine(options, this.configFile), { stderr: 'pipe' });
    this.ended = once(this.process, 'close').then(
      ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
    );
    for (const input of [this.process.stdout!, this.process.stderr!]) {
      createInterface({ input }).on('line', (line) => this.#take(line));
    }
  }

  /** Starts it and waits until it listens. */
  static async start(namespace: Namespace, options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(namespace, options);
    const word = 'readyWord' in options ? options.readyWord : 'listening';
    if (word !== undefined) {
      const isReady = await daemon.until(() => daemon.#has(word), 15_000);
      if (!isReady) throw new Error(`the daemon is not ready: ${daemon.said.join('\n')}`);
    }
    return daemon;
  }

  get pid(): number {
    return this.process.pid!;
  }

  get stateFolder(): string {
    return join(this.folder, 'state');
  }

  get controlSocket(): string {
    return join(this.folder, 'run/control.sock');
  }

  get seed(): string {
    return readFileSync(join(this.stateFolder, 'tripwire.seed'), 'utf8').trim();
  }

  /** Writes the file; a daemon that runs reads it again at SIGHUP. */
  configure(doors: string, options = ''): void {
    const user = this.#user === undefined ? '' : ` user = ${this.#user}\n`;
    const places = ` state_folder = ${this.stateFolder}\n control_socket = ${this.controlSocket}\n`;
    writeFileSync(this.configFile, `[options]\n${places}${user}${WORKERS}${options}\n${doors}\n`);
    if (this.#user === undefined) return;
    chmodSync(this.folder, 0o711);
    chmodSync(this.configFile, 0o640);
    execFileSync('chown', [`root:${groupOf(this.#user)}`, this.configFile]);
  }

  /** Events of one kind, in their order. */
  of(kind: string): DaemonEvent[] {
    return this.events.filter(({ event }) => event === kind);
  }

  /** Whether it came true in time; looked at when a line comes, and by the clock. */
  async until(isTrue: () => boolean, waitMs = 3000): Promise<boolean> {
    const endMs = performance.now() + waitMs;
    let isOver = false;
    void this.ended.then(() => (isOver = true));
    while (!isTrue()) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0 || isOver) return isTrue();
      await Promise.race([this.#nextLine(), passed(Math.min(leftMs, 20))]);
    }
    return true;
  }

  /** The events of this kind once there are so many, or what there is of them when time is up. */
  async atLeast(count: number, kind: string, waitMs?: number): Promise<DaemonEvent[]> {
    await this.until(() => this.of(kind).length >= count, waitMs);
    return this.of(kind);
  }

  /** Ends it by a signal; its exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    this.process.kill(signal);
    return this.ended;
  }

  /** Processor time of all its threads so far. */
  cpuSeconds(): number {
    return cpuSeconds(this.pid);
  }

  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
  }

  openDescriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await this.stop('SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #take(line: string): void {
    if (line.startsWith('{')) {
      const event = JSON.parse(line) as Omit<DaemonEvent, 'seenMs'>;
      this.events.push({ ...event, seenMs: Date.now() });
    } else {
      this.said.push(line);
    }
    this.#onLine();
  }

  #has(word: string): boolean {
    return this.of(word).length > 0 || this.said.some((line) => line.includes(word));
  }

  #nextLine(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLine = resolve;
    });
  }
}

function groupOf(user: string): string {
  return execFileSync('id', ['-g', user], { encoding: 'utf8' }).trim();
}

function commandLine(options: DaemonOptions, configFile: string): string[] {
  const { name = 'postern', interfaces = ['srv0'], flags = [], by = [] } = options;
  const listen = interfaces.flatMap((each) => ['-i', each]);
  const command =
    name === 'knockd' ? [join(CLI, 'knockd.js')] : [join(CLI, 'main.js'), 'run', '--json'];
  return [...by, process.execPath, ...command, ...listen, '-c', configFile, ...flags];
}
