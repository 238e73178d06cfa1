import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { knockdDoors, posternDoors, workFolder } from '../doors.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { quantile } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

const KNOCKD = '/usr/sbin/knockd';

/** How soon after the last knock is the door open, as the kernel itself tells it? */
export const latency: BenchCase = {
  name: 'latency',
  question: 'How soon after the last knock is the door open?',
  obstacle: () => whyNoPair() ?? whyNot('knock_latency'),
  run: async ({ isQuick, log }) => {
    const ours = await measure(postern, isQuick ? 100 : 400);
    const theirs = existsSync(KNOCKD) ? await measure(knockd, isQuick ? 25 : 60) : undefined;
    log(`ours: ${ours.length} openings; knockd: ${theirs?.length ?? 0}`);
    return [
      { q: 0.5, name: 'p50', target: 'under 250 us' },
      { q: 0.99, name: 'p99', target: 'under 2 ms' },
    ].map(({ q, name, target }) => ({
      what: `last knock to the set element, idle, ${name}`,
      unit: 'us',
      ours: quantile(ours, q),
      target,
      ...(theirs === undefined
        ? { note: 'knockd is not installed' }
        : {
            rival: { name: 'knockd 0.8 + nft', value: quantile(theirs, q) },
            ratio: quantile(theirs, q) / quantile(ours, q),
          }),
    }));
  },
};

async function measure(
  start: (pair: Pair, folder: string) => Promise<unknown>,
  rounds: number,
): Promise<number[]> {
  const folder = workFolder();
  await using pair = new Pair();
  try {
    await start(pair, folder);
    const knock = (count: number): Promise<string> =>
      pair.run(
        pair.client,
        program('knock_latency'),
        pair.server,
        pair.client,
        pair.clientInterface,
        String(count),
        '20',
      );
    const lines = (await knock(rounds)).trim().split('\n');
    const lost = lines.filter((line) => line === 'lost').length;
    if (lost > 0) throw new Error(`${lost} of ${rounds} knocks opened nothing`);
    return lines.map(Number).sort((a, b) => a - b);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function postern(pair: Pair, folder: string): Promise<void> {
  const main = join(ROOT, 'dist/cli/main.js');
  await pair.daemon(
    'listening',
    process.execPath,
    main,
    'run',
    '-i',
    pair.serverInterface,
    '-c',
    posternDoors(folder),
  );
}

async function knockd(pair: Pair, folder: string): Promise<void> {
  await pair.run(
    pair.server,
    'nft',
    'add table inet kn; add set inet kn open { type ipv4_addr; flags timeout; timeout 60s; }',
  );
  const doors = knockdDoors(folder, '/usr/sbin/nft add element inet kn open { %IP% }');
  await pair.daemon('listening', KNOCKD, '-v', '-i', pair.serverInterface, '-c', doors);
}
