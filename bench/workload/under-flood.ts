import { setTimeout as sleep } from 'node:timers/promises';
import { rmSync } from 'node:fs';
import { workFolder } from '../doors.ts';
import { program } from '../programs.ts';
import type { Counts, Daemon, Listening } from '../rivals/daemons.ts';
import { Pair } from './pair.ts';

/** Whole knocks, each from a new source, while others send something. */
export interface Knocks {
  readonly rounds: number;
  /** What stops the clock: the kernel's news of a set element, or the first SYN-ACK of port 22. */
  readonly until: 'element' | 'answer';
  /** What `flood` sends meanwhile, in packets a second. */
  readonly flood?: { readonly kind: string; readonly rate: number } | undefined;
}

export interface KnocksAnswered {
  /** Microseconds from the last packet to the open door, ascending. */
  readonly latenciesUs: readonly number[];
  readonly lost: number;
  /** Packets a second that the flood really sent. */
  readonly floodRate: number;
}

const GAP_MS = 20;

/** A daemon in a network of its own, to be knocked at again and again. It goes with the object. */
export class Knocked implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly #folder: string = workFolder();
  readonly #pair: Pair = new Pair();
  #listening: Listening | undefined;
  #answers = false;
  #next = 0;

  private constructor(daemon: Daemon) {
    this.daemon = daemon;
  }

  static async start(daemon: Daemon): Promise<Knocked> {
    const knocked = new Knocked(daemon);
    try {
      knocked.#listening = await daemon.start(knocked.#pair, knocked.#folder);
      return knocked;
    } catch (error) {
      await knocked[Symbol.asyncDispose]();
      throw error;
    }
  }

  async knock({ rounds, until, flood }: Knocks): Promise<KnocksAnswered> {
    const pair = this.#pair;
    if (until === 'answer' && !this.#answers) await this.#answer();
    const endFlood = flood === undefined ? undefined : startFlood(pair, flood, rounds);
    if (endFlood !== undefined) await sleep(500);
    const names = [pair.server, pair.serverInterface, pair.client, pair.clientInterface];
    const args = [until, ...names, ...[this.#next, rounds, GAP_MS].map(String)];
    this.#next += rounds;
    const text = await pair.run(pair.client, program('knock_latency'), ...args);
    const lines = text.trim().split('\n');
    return {
      latenciesUs: lines
        .filter((line) => line !== 'lost')
        .map(Number)
        .sort((a, b) => a - b),
      lost: lines.filter((line) => line === 'lost').length,
      floodRate: (await endFlood?.()) ?? 0,
    };
  }

  /** Ends the daemon; what it tells of its packets. */
  end(): Promise<Counts> {
    return this.#listening!.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pair[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }

  /** Port 22 answers, and the client's kernel answers for all addresses that knock. */
  async #answer(): Promise<void> {
    const pair = this.#pair;
    await pair.run(pair.client, 'ip', 'route', 'add', 'local', '10.77.64.0/18', 'dev', 'lo');
    const script = "require('net').createServer().listen(22, () => console.log('listening'))";
    await pair.daemon('listening', process.execPath, '-e', script);
    this.#answers = true;
  }
}

/** It outlasts all knocks, even if each is lost, which takes a second; what ends it tells its packets a second. */
function startFlood(
  pair: Pair,
  { kind, rate }: { readonly kind: string; readonly rate: number },
  rounds: number,
): () => Promise<number> {
  const seconds = rounds * (GAP_MS / 1000 + 1.1) + 5;
  const args = [pair.clientInterface, kind, String(rate), String(seconds), '1'];
  const { child, printed } = pair.start(pair.client, program('flood'), ...args);
  return async () => {
    child.kill('SIGTERM');
    const said = JSON.parse(await printed) as { sent: number; seconds: number };
    return said.sent / said.seconds;
  };
}
