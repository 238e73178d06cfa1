import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { knockdDoors, posternDoors, workFolder } from '../doors.ts';
import { processUsage } from '../process-usage.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

const KNOCKD = '/usr/sbin/knockd';

/** What one flood cost a daemon. */
interface Cost {
  readonly sent: number;
  readonly cpuNs: number;
  readonly lost: number | undefined;
}

/** What does a packet cost the daemon's process, when all packets match, and when none does? */
export const live: BenchCase = {
  name: 'live',
  question: 'What does a packet on the wire cost the daemon?',
  obstacle: () => whyNoPair() ?? whyNot('flood'),
  run: async ({ isQuick, log }) => {
    const seconds = isQuick ? 3 : 8;
    const rounds = isQuick ? 1 : 3;
    const figures: Figure[] = [];
    const ours: Cost[] = [];
    const theirs: Cost[] = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(await flood(postern, 'match', seconds, log));
      if (existsSync(KNOCKD)) theirs.push(await flood(knockd, 'match', seconds, log));
    }
    const our = spread(ours.map(({ cpuNs }) => cpuNs)).median;
    const their = spread(theirs.map(({ cpuNs }) => cpuNs)).median;
    figures.push({
      what: `all match: processor time a packet, user and system (${ours.reduce((sum, { lost }) => sum + (lost ?? 0), 0)} lost)`,
      unit: 'ns',
      ours: our,
      ...(theirs.length > 0
        ? { rival: { name: 'knockd 0.8', value: their }, ratio: their / our }
        : { note: 'knockd is not installed' }),
      target: '12 times, none lost',
    });
    const spoofed = await flood(postern, 'knocks', seconds, log);
    figures.push({
      what: `a flood of first knocks from random sources (${spoofed.lost} lost)`,
      unit: 'ns',
      ours: spoofed.cpuNs,
    });
    const quiet = await flood(postern, 'acks', seconds, log);
    figures.push({
      what: 'none match: processor time a packet, user and system',
      unit: 'ns',
      ours: quiet.cpuNs,
      target: 'not measurable',
    });
    return figures;
  },
};

/** Starts a daemon in the pair's server; how many packets the kernel dropped can be asked of some. */
type Starter = (
  pair: Pair,
  folder: string,
) => Promise<{ pid: number; lost(): Promise<number | undefined> }>;

async function flood(
  start: Starter,
  kind: string,
  seconds: number,
  log: (line: string) => void,
): Promise<Cost> {
  const folder = workFolder();
  await using pair = new Pair();
  try {
    const daemon = await start(pair, folder);
    // A short one first: a daemon that runs for months is not judged by its first second.
    await pair.run(pair.client, program('flood'), pair.clientInterface, kind, '0', '1', '7');
    await sleep(300);
    const before = processUsage(daemon.pid);
    const text = await pair.run(
      pair.client,
      program('flood'),
      pair.clientInterface,
      kind,
      '0',
      String(seconds),
      '1',
    );
    await sleep(300);
    const after = processUsage(daemon.pid);
    const { sent, cpuSeconds } = JSON.parse(text) as { sent: number; cpuSeconds: number };
    const lost = await daemon.lost();
    log(
      `${start.name}, ${kind}: ${Math.round(sent / seconds)} packets/s offered, ${lost ?? 'unknown'} lost, sender ${((cpuSeconds * 1e9) / sent).toFixed(0)} ns a packet`,
    );
    return { sent, lost, cpuNs: ((after.cpuSeconds - before.cpuSeconds) * 1e9) / sent };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function postern(pair: Pair, folder: string): ReturnType<Starter> {
  const main = join(ROOT, 'dist/cli/main.js');
  const child = await pair.daemon(
    'listening',
    process.execPath,
    main,
    'run',
    '--json',
    '-i',
    pair.serverInterface,
    '-c',
    posternDoors(folder),
  );
  return {
    pid: child.pid!,
    /** The daemon tells its counters when it ends. */
    lost: async () => {
      const closing = new Promise<number>((found) => {
        child.stdout!.on('data', (chunk: Buffer) => {
          const line = chunk
            .toString()
            .split('\n')
            .find((text) => text.includes('"event":"closing"'));
          if (line !== undefined) found((JSON.parse(line) as { dropped: number }).dropped);
        });
      });
      child.kill('SIGTERM');
      return closing;
    },
  };
}

async function knockd(pair: Pair, folder: string): ReturnType<Starter> {
  const child = await pair.daemon(
    'listening',
    KNOCKD,
    '-v',
    '-i',
    pair.serverInterface,
    '-c',
    knockdDoors(folder, '/bin/true'),
  );
  return { pid: child.pid!, lost: async () => undefined };
}
