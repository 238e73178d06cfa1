import { execFileSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Namespace } from './netns.ts';

/** The flood sends into pairs with such names only. */
export const FLOOD_PAIR = { server: 'ptns0', client: 'ptnc0' } as const;

const SOURCE = resolve(import.meta.dirname, '../../bench/workload/flood.cc');

export interface FloodOptions {
  readonly kind: 'knocks' | 'match' | 'last' | 'acks' | 'mixed';
  readonly perSecond: number;
  readonly seconds: number;
}

export interface FloodReport {
  /** Asked for. */
  readonly offered: number;
  readonly sent: number;
  readonly seconds: number;
}

/** The benches' generator of frames, built for the tests of one file. */
export class Flood implements Disposable {
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'postern-flood-'));

  constructor() {
    execFileSync('c++', ['-std=c++20', '-O2', '-o', this.#program, SOURCE]);
  }

  /** Floods from the client's end of a pair; resolves at the end. */
  async run(client: Namespace, { kind, perSecond, seconds }: FloodOptions): Promise<FloodReport> {
    const rate = [String(perSecond), String(seconds)];
    const child: ChildProcess = client.spawn([
      this.#program,
      FLOOD_PAIR.client,
      kind,
      ...rate,
      '7',
    ]);
    let output = '';
    for await (const text of child.stdout!) output += String(text);
    const report = JSON.parse(output) as FloodReport;
    if (report.sent < report.offered / 2) {
      throw new Error(`the flood does not count: ${report.sent} sent of ${report.offered}`);
    }
    return report;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }

  get #program(): string {
    return join(this.#folder, 'flood');
  }
}
