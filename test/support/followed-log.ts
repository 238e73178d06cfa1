import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followLog, type FollowLogOptions } from '../../src/source/log/follow-log.ts';
import type { TupleSource } from '../../src/source/source.ts';
import { EVERYTHING } from './interest.ts';
import { kernelLine } from './log-line.ts';
import { until } from './until.ts';

/** A log in a folder of its own that is followed, and the ports of the packets that were read from it. */
export class FollowedLog implements AsyncDisposable {
  readonly path: string;
  readonly ports: number[] = [];
  readonly said: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'postern-log-'));
  #source: TupleSource | undefined;
  #reading: Promise<void> | undefined;

  constructor() {
    this.path = join(this.#folder, 'kern.log');
  }

  async follow(options: FollowLogOptions = {}): Promise<TupleSource> {
    const tell = (line: string): number => this.said.push(line);
    const source = await followLog(this.path, { interest: EVERYTHING, tell, ...options });
    this.#source = source;
    this.#reading = this.#read(source);
    return source;
  }

  /** Appends a line about a SYN to each of these ports. */
  write(...ports: number[]): void {
    appendFileSync(this.path, lines(...ports));
  }

  /** Waits until these ports have been read, and no others. */
  async hasRead(...ports: number[]): Promise<void> {
    await until(() => this.ports.length >= ports.length, 20_000);
    if (String(this.ports) !== String(ports)) throw new Error(`read ${this.ports}, not ${ports}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source?.close();
    await this.#reading;
    rmSync(this.#folder, { recursive: true });
  }

  async #read(source: TupleSource): Promise<void> {
    for await (const batch of source) this.ports.push(...batch.port.subarray(0, batch.length));
  }
}

/** A line about a SYN to each of these ports, just now. */
export function lines(...ports: number[]): string {
  const seconds = Math.floor(Date.now() / 1000);
  return ports
    .map((port) => kernelLine({ from: '203.0.113.9', port, flags: 2, seconds, nanoseconds: 0 }))
    .join('');
}
