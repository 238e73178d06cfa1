import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { posternDoors, workFolder } from '../doors.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { spread } from '../stats.ts';

interface Run {
  readonly packets: number;
  readonly seconds: number;
}

/** How fast is a capture read, matched and decided on, against libpcap that does nothing with it? */
export const replay: BenchCase = {
  name: 'replay',
  question: 'How fast does a capture replay, against libpcap with an empty callback?',
  obstacle: () => whyNot('make_capture') ?? whyNot('libpcap_empty'),
  run: async ({ isQuick, log }) => {
    const folder = workFolder();
    try {
      const doors = posternDoors(folder);
      const kinds = [
        { kind: 'syn', packets: isQuick ? 2_000_000 : 10_000_000, what: '64-byte SYNs', target: 5 },
        { kind: 'mix', packets: isQuick ? 300_000 : 2_000_000, what: 'realistic mix', target: 4 },
      ];
      const figures: Figure[] = [];
      for (const { kind, packets, what, target } of kinds) {
        const file = join(folder, `${kind}.pcap`);
        execFileSync(program('make_capture'), [kind, String(packets), '1', file]);
        log(`${what}: ${packets} packets`);
        figures.push(compare(file, doors, isQuick ? 3 : 5, what, target));
        rmSync(file);
      }
      return figures;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** A B A B ..., after one run of each that warms the page cache; both must count the same packets. */
function compare(file: string, doors: string, runs: number, what: string, target: number): Figure {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let run = -1; run < runs; run++) {
    const us = runPostern(file, doors);
    const them = runLibpcap(file);
    if (us.packets !== them.packets) {
      throw new Error(`${what}: ${us.packets} packets here, ${them.packets} there`);
    }
    if (run < 0) continue;
    ours.push((us.seconds * 1e9) / us.packets);
    theirs.push((them.seconds * 1e9) / them.packets);
  }
  const [our, their] = [spread(ours), spread(theirs)];
  return {
    what: `${what}, source to memory firewall (min ${our.min.toFixed(1)}, max ${our.max.toFixed(1)})`,
    unit: 'ns/packet',
    ours: our.median,
    rival: { name: 'libpcap, empty callback', value: their.median },
    ratio: their.median / our.median,
    target: `${target} times`,
  };
}

function runPostern(file: string, doors: string): Run {
  const main = join(ROOT, 'dist/cli/main.js');
  const text = execFileSync(process.execPath, [main, 'replay', file, '-c', doors, '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const summary = JSON.parse(text.trimEnd().split('\n').at(-1)!) as {
    packets: number;
    elapsedSeconds: number;
  };
  return { packets: summary.packets, seconds: summary.elapsedSeconds };
}

function runLibpcap(file: string): Run {
  return JSON.parse(execFileSync(program('libpcap_empty'), [file], { encoding: 'utf8' })) as Run;
}
