import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase } from '../bench-case.ts';
import { posternDoors, workFolder } from '../doors.ts';
import { processUsage } from '../process-usage.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

const MIB = 2 ** 20;

/** Sources of the full run: what the target is for. */
const SOURCES = 10_000_000;
const FEW_SOURCES = 1_000_000;

/** How much does the daemon's memory grow under ten million spoofed first knocks? */
export const memory: BenchCase = {
  name: 'memory',
  question: 'How much memory does a flood of ten million spoofed sources take?',
  obstacle: () => whyNoPair() ?? whyNot('flood'),
  async *run({ isQuick, log }) {
    const folder = workFolder();
    await using pair = new Pair();
    try {
      const main = join(ROOT, 'dist/cli/main.js');
      const child = await pair.daemon(
        'listening',
        process.execPath,
        main,
        'run',
        '-i',
        pair.serverInterface,
        '-c',
        posternDoors(folder),
      );
      await sleep(500);
      const before = processUsage(child.pid!).residentBytes;
      let sent = 0;
      for (let seed = 1; sent < (isQuick ? FEW_SOURCES : SOURCES); seed++) {
        const args = [pair.clientInterface, 'knocks', '0', '2', String(seed)];
        const text = await pair.run(pair.client, program('flood'), ...args);
        sent += (JSON.parse(text) as { sent: number }).sent;
      }
      await sleep(500);
      const grown = processUsage(child.pid!).residentBytes - before;
      log(`resident before ${(before / MIB).toFixed(0)} MiB`);
      yield {
        what: 'growth under a flood of first knocks, each of a source of its own',
        unit: 'MiB',
        ours: grown / MIB,
        target: 'at most 64 MB under 10 million',
        note: `${sent.toLocaleString('en')} were sent`,
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
