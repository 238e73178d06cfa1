import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { posternDoors, workFolder } from '../doors.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { CAPTURE_READERS, type CaptureTask } from '../rivals/capture-readers.ts';
import { inTurns } from '../stats.ts';
import { timed } from '../timed.ts';

/** What is replayed; `targets` by the rival's name. */
interface Workload {
  readonly kind: string;
  readonly what: string;
  readonly packets: number;
  readonly targets?: Readonly<Record<string, string>>;
}

const WORKLOADS: readonly Workload[] = [
  {
    kind: 'syn',
    what: '64-byte SYNs',
    packets: 10_000_000,
    targets: {
      'libpcap, empty callback': '6 times',
      'one plain pass over the mapped file': 'at most 2.0 times its time',
    },
  },
  {
    kind: 'mix',
    what: 'realistic mix',
    packets: 2_000_000,
    targets: { 'libpcap, empty callback': '5 times' },
  },
  { kind: 'scan', what: 'port scan', packets: 4_000_000 },
  { kind: 'spoofed', what: 'spoofed first knocks', packets: 1_000_000 },
  { kind: 'million', what: 'a million sources that knock', packets: 1_000_000 },
  { kind: 'ipv6', what: 'SYNs over IPv6', packets: 4_000_000 },
  { kind: 'vlan', what: 'tagged SYNs', packets: 4_000_000 },
  { kind: 'spa', what: 'UDP as for SPA', packets: 4_000_000 },
];

/** The first workloads have targets: they are run more often, and in a quick run are the only ones. */
const MAIN = 2;

/** How fast is a capture read, matched and decided on, against others that do less with it? */
export const replay: BenchCase = {
  name: 'replay',
  question: 'How fast does a capture replay, against what else reads captures?',
  obstacle: () => whyNot('make_capture'),
  async *run({ isQuick, log }) {
    const folder = workFolder();
    try {
      const doors = posternDoors(folder);
      for (const [at, workload] of WORKLOADS.entries()) {
        const packets = isQuick ? workload.packets / 5 : workload.packets;
        const file = join(folder, `${workload.kind}.pcap`);
        execFileSync(program('make_capture'), [workload.kind, String(packets), '1', file]);
        log(`${workload.what}: ${packets} packets`);
        const isMain = at < MAIN;
        if (!isQuick || isMain) {
          const runs = isQuick ? 2 : isMain ? 5 : 3;
          yield* await compare({ file, packets }, workload, doors, runs, isQuick);
          if (isMain && !isQuick) yield* await processorTime({ file, packets }, workload, doors);
        }
        rmSync(file);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** All in turn, after one run of each that warms the page cache. All must count the same packets. */
async function compare(
  task: CaptureTask,
  { what, targets }: Workload,
  doors: string,
  runs: number,
  isQuick: boolean,
): Promise<Figure[]> {
  const rivals = isQuick ? CAPTURE_READERS.slice(0, 2) : CAPTURE_READERS;
  const there = rivals.filter(({ whyNot }) => whyNot() === undefined);
  const [ours, ...theirs] = await inTurns(runs, [
    () => runPostern(task, doors),
    ...there.map((rival) => () => rival.run(task)),
  ]);
  const figure = {
    what: `${what}, source to memory firewall`,
    unit: 'ns/packet',
    ours: ours!.median,
  };
  const measured = there.map(({ name }, at): Figure => {
    const { median, noise } = theirs[at]!;
    const target = targets?.[name];
    return {
      ...figure,
      noise: ours!.noise,
      rival: { name, value: median, noise },
      ratio: median / ours!.median,
      ...(target === undefined ? {} : { target }),
    };
  });
  const absent = rivals
    .filter((rival) => !there.includes(rival))
    .map((rival): Figure => ({ ...figure, note: `${rival.name}: ${rival.whyNot()}` }));
  return [...measured, ...absent];
}

/** Of the whole process, from its start to its end: there the start of node, and its compiler's threads, count. */
async function processorTime(
  { file, packets }: CaptureTask,
  { what }: Workload,
  doors: string,
): Promise<Figure[]> {
  const rivals = (
    [
      ['libpcap, empty callback', 'libpcap_empty'],
      ['one plain pass over the mapped file', 'mapped_pass'],
    ] as const
  ).filter(([, name]) => whyNot(name) === undefined);
  const cpuNs = (command: readonly string[]) => (): number =>
    (timed(command).cpuSeconds * 1e9) / packets;
  const [ours, ...theirs] = await inTurns(5, [
    cpuNs(replayCommand(file, doors)),
    ...rivals.map(([, name]) => cpuNs([program(name), file])),
  ]);
  return rivals.map(([name], at) => ({
    what: `${what}, processor time of the whole process`,
    unit: 'ns/packet',
    ours: ours!.median,
    noise: ours!.noise,
    rival: { name, value: theirs[at]!.median, noise: theirs[at]!.noise },
    ratio: theirs[at]!.median / ours!.median,
  }));
}

function replayCommand(file: string, doors: string): readonly string[] {
  const main = join(ROOT, 'dist/cli/main.js');
  return [process.execPath, main, 'replay', file, '-c', doors, '--json'];
}

function runPostern({ file, packets }: CaptureTask, doors: string): number {
  const summary = JSON.parse(timed(replayCommand(file, doors)).lastLine) as {
    packets: number;
    elapsedSeconds: number;
  };
  if (summary.packets !== packets) throw new Error(`${summary.packets} packets of ${packets}`);
  return (summary.elapsedSeconds * 1e9) / packets;
}
