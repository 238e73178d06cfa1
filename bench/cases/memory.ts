import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase } from '../bench-case.ts';
import { posternDoors, workFolder } from '../doors.ts';
import { processUsage } from '../process-usage.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

const MIB = 2 ** 20;

/** How much does the daemon's memory grow under a million spoofed first knocks? */
export const memory: BenchCase = {
  name: 'memory',
  question: 'How much memory does a flood of a million spoofed sources take?',
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
      const text = await pair.run(
        pair.client,
        program('flood'),
        pair.clientInterface,
        'knocks',
        '0',
        isQuick ? '2' : '20',
        '1',
      );
      await sleep(500);
      const grown = processUsage(child.pid!).residentBytes - before;
      const { sent } = JSON.parse(text) as { sent: number };
      log(`${sent} spoofed first knocks; resident before ${(before / MIB).toFixed(0)} MiB`);
      yield {
        what: `growth after ${sent} spoofed sources`,
        unit: 'MiB',
        ours: grown / MIB,
        target: 'the configured table (16 MiB hot and its cold column)',
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
