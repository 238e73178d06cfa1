import { setTimeout as sleep } from 'node:timers/promises';
import { rmSync } from 'node:fs';
import { workFolder } from '../doors.ts';
import { program } from '../programs.ts';
import type { Daemon } from '../rivals/daemons.ts';
import { Pair } from './pair.ts';

/** Whole knocks at a daemon, each from a new source, while others send something. */
export interface Knocks {
  readonly daemon: Daemon;
  readonly rounds: number;
  /** What stops the clock: the kernel's news of a set element, or the first SYN-ACK of port 22. */
  readonly until: 'element' | 'answer';
  /** What `flood` sends meanwhile, in packets a second. */
  readonly flood?: { readonly kind: string; readonly rate: number };
}

export interface KnocksAnswered {
  /** Microseconds from the last packet to the open door, ascending. */
  readonly latenciesUs: readonly number[];
  readonly lost: number;
  /** Packets a second that the flood really sent. */
  readonly floodRate: number;
}

const GAP_MS = 20;

export async function knockUnderFlood(knocks: Knocks): Promise<KnocksAnswered> {
  const { daemon, rounds, until, flood } = knocks;
  const folder = workFolder();
  await using pair = new Pair();
  try {
    await daemon.start(pair, folder);
    if (until === 'answer') await answerFrom(pair);
    const flooding = flood === undefined ? undefined : startFlood(pair, flood, rounds);
    if (flooding !== undefined) await sleep(500);
    const names = [pair.server, pair.serverInterface, pair.client, pair.clientInterface];
    const args = [until, ...names, String(rounds), String(GAP_MS)];
    const text = await pair.run(pair.client, program('knock_latency'), ...args);
    const lines = text.trim().split('\n');
    return {
      latenciesUs: lines
        .filter((line) => line !== 'lost')
        .map(Number)
        .sort((a, b) => a - b),
      lost: lines.filter((line) => line === 'lost').length,
      floodRate: (await flooding) ?? 0,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Port 22 answers, and the client's kernel answers for all addresses that knock. */
async function answerFrom(pair: Pair): Promise<void> {
  await pair.run(pair.client, 'ip', 'route', 'add', 'local', '10.77.64.0/18', 'dev', 'lo');
  const script = "require('net').createServer().listen(22, () => console.log('listening'))";
  await pair.daemon('listening', process.execPath, '-e', script);
}

/** A knock that is lost takes a second; the flood is to outlast all of them. */
async function startFlood(
  pair: Pair,
  { kind, rate }: { readonly kind: string; readonly rate: number },
  rounds: number,
): Promise<number> {
  const seconds = Math.ceil(rounds * ((GAP_MS + 10) / 1000)) + 2;
  const args = [pair.clientInterface, kind, String(rate), String(seconds), '1'];
  const said = JSON.parse(await pair.run(pair.client, program('flood'), ...args)) as {
    sent: number;
    seconds: number;
  };
  return said.sent / said.seconds;
}
