import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { workFolder } from '../doors.ts';
import { program, whyNot } from '../programs.ts';
import { isInstalled } from '../rivals/rival.ts';

/** Two captures of different lengths: what a packet takes is their difference, without the start of a process. */
const FEW = 20_000;
const MANY = 120_000;

const WORKLOADS = [
  { kind: 'syn', what: '64-byte SYNs' },
  { kind: 'mix', what: 'realistic mix' },
] as const;

/** How many instructions does a packet take in the native parser and reader? The same number on each run. */
export const instructions: BenchCase = {
  name: 'instructions',
  question: 'How many instructions does a packet take in the native reader and parser?',
  obstacle: () =>
    (isInstalled('valgrind', '--version') ? undefined : 'valgrind is not installed') ??
    whyNot('read_capture') ??
    whyNot('make_capture'),
  async *run() {
    const folder = workFolder();
    const why = whyNot('libpcap_empty');
    try {
      for (const { kind, what } of WORKLOADS) {
        const files = [FEW, MANY].map((packets) => {
          const file = join(folder, `${kind}-${packets}.pcap`);
          execFileSync(program('make_capture'), [kind, String(packets), '1', file]);
          return file;
        });
        const name = 'libpcap, empty callback';
        const value = why ?? aPacket(folder, files, (file) => [program('libpcap_empty'), file]);
        for (const { rows, more } of [
          { rows: 'frames that no door wants', more: [] },
          { rows: 'a row for each frame', more: ['all'] },
        ]) {
          const ours = aPacket(folder, files, (file) => [program('read_capture'), file, ...more]);
          const figure = { what: `${what}, ${rows}`, unit: 'instructions/packet', ours };
          yield typeof value === 'string'
            ? { ...figure, note: `${name}: ${value}` }
            : { ...figure, rival: { name, value }, ratio: value / ours };
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

function aPacket(
  folder: string,
  [few, many]: readonly string[],
  command: (file: string) => readonly string[],
): number {
  const [less, more] = [few!, many!].map((file) => count(folder, command(file)));
  return (more! - less!) / (MANY - FEW);
}

/** All instructions of a process, as callgrind counts them. */
function count(folder: string, command: readonly string[]): number {
  const out = `--callgrind-out-file=${join(folder, 'callgrind.out')}`;
  const { stderr } = spawnSync('valgrind', ['--tool=callgrind', out, ...command], {
    encoding: 'utf8',
  });
  const [, text] = /Collected : (\d+)/.exec(stderr) ?? [];
  if (text === undefined) throw new Error(`valgrind did not count: ${stderr}`);
  return Number(text);
}
