import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, Figure } from '../bench-case.ts';
import { ROOT } from '../programs.ts';
import { quantile } from '../stats.ts';
import { ControlClient } from '../workload/control-client.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

interface Size {
  /** Networks of 256 addresses that are let in. */
  readonly networks: number;
  /** From the first grant to the first end; giving them takes less. */
  readonly leadSeconds: number;
}

const FULL: Size = { networks: 235, leadSeconds: 20 };
const QUICK: Size = { networks: 60, leadSeconds: 6 };

/** Does the control socket answer in time while 60,000 grants end within a second, and somebody asks for the list of them? */
export const control: BenchCase = {
  name: 'control',
  question: 'Does the control socket answer while 60,000 grants end within a second?',
  obstacle: whyNoPair,
  async *run({ isQuick, log }) {
    const { networks, leadSeconds } = isQuick ? QUICK : FULL;
    const grants = `${(networks * 256).toLocaleString('en')} grants`;
    const folder = mkdtempSync(join(tmpdir(), 'postern-bench-control-'));
    await using pair = new Pair();
    try {
      const { path, config } = configure(folder);
      const main = join(ROOT, 'dist/cli/main.js');
      const args = ['run', '--json', '-i', pair.serverInterface, '-c', config];
      await pair.daemon('listening', process.execPath, main, ...args);
      using status = await ControlClient.connect(path);
      using list = await ControlClient.connect(path);
      const clients = { status, list };
      const endMs = performance.now() + leadSeconds * 1000;
      await giveAll(status, networks, endMs);
      const open = await askUntil(clients, endMs - 300);
      const ending = await askUntil(clients, endMs + 1300);
      log(
        `${ending.status.length} times status and ${ending.list.length} times list while they end`,
      );
      yield* figures(open, `with ${grants}`);
      yield* figures(ending, `while ${grants} end`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

interface Clients {
  readonly status: ControlClient;
  readonly list: ControlClient;
}

interface Waits {
  readonly status: number[];
  readonly list: number[];
}

function configure(folder: string): { readonly path: string; readonly config: string } {
  const [path, config] = [join(folder, 'control.sock'), join(folder, 'knockd.conf')];
  const options = `control_socket = ${path}\nstate_folder = ${folder}/state\nmax_grants = 65536\n`;
  const door = '[ssh]\nsequence = 7000,8000\nopen = tcp/22\n';
  writeFileSync(config, `[options]\n${options}${door}`);
  return { path, config };
}

/** Spreads the ends over the second behind `endMs`. */
async function giveAll(client: ControlClient, networks: number, endMs: number): Promise<void> {
  for (let nth = 0; nth < networks; nth++) {
    const forSeconds = (endMs + (nth * 1000) / networks - performance.now()) / 1000;
    const answer = await client.ask({
      do: 'grant',
      door: 'ssh',
      source: `10.1.${nth}.0/24`,
      forSeconds,
    });
    if (!answer.startsWith('{"v":1,"ok":true')) throw new Error(`not granted: ${answer}`);
  }
}

/** Two people ask at the same time, one for the status, one for the list. */
async function askUntil(clients: Clients, untilMs: number): Promise<Waits> {
  const [status, list] = await Promise.all([
    waitsOf(clients.status, 'status', untilMs),
    waitsOf(clients.list, 'list', untilMs),
  ]);
  return { status, list };
}

/** A twentieth of a second passes between two questions. */
async function waitsOf(
  client: ControlClient,
  what: 'status' | 'list',
  untilMs: number,
): Promise<number[]> {
  const waits: number[] = [];
  while (performance.now() < untilMs) {
    const began = performance.now();
    await client.ask({ do: what });
    waits.push(performance.now() - began);
    await sleep(50);
  }
  return waits;
}

function figures(waits: Waits, when: string): Figure[] {
  return (['status', 'list'] as const).map((what) => {
    const sorted = waits[what].sort((a, b) => a - b);
    return {
      what: `answer to ${what} ${when}, p99`,
      unit: 'ms',
      ours: quantile(sorted, 0.99),
      ...(what === 'status' ? { target: 'under 200 ms' } : {}),
      note: `p50 ${quantile(sorted, 0.5).toFixed(1)} ms`,
    };
  });
}
