import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, BenchOptions, Figure } from '../bench-case.ts';
import { posternDoors, workFolder } from '../doors.ts';
import { processUsage } from '../process-usage.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { countsAtEnd } from '../rivals/daemons.ts';
import { inTurns, spread } from '../stats.ts';
import { timed } from '../timed.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

const MAIN = join(ROOT, 'dist/cli/main.js');

/**
 * What is replayed: packets whose sources all have to be looked for, and packets that hardly any door wants.
 * First knocks would each have a line of a replay, at fifty times what a worker does for them.
 */
const CAPTURES = [
  { kind: 'match', what: 'all match', packets: 4_000_000 },
  { kind: 'mix', what: 'realistic mix', packets: 2_000_000 },
] as const;

const FLOODS = [
  { kind: 'match', what: 'all match' },
  { kind: 'knocks', what: 'first knocks from random sources' },
  { kind: 'acks', what: 'none matches' },
] as const;

/** What do two workers gain, and what do they cost? */
export const workers: BenchCase = {
  name: 'workers',
  question: 'What do two workers gain over one, and what do they cost?',
  obstacle: () => whyNot('make_capture'),
  async *run(options) {
    const { isQuick } = options;
    for (const each of isQuick ? CAPTURES.slice(-1) : CAPTURES)
      yield* await replayed(each, options);
    const why = whyNoPair() ?? whyNot('flood');
    if (why !== undefined) return options.leaveOut('live', why);
    for (const each of isQuick ? FLOODS.slice(0, 1) : FLOODS) yield* await flooded(each, options);
  },
};

/** Wall time by the replay's own clock, and processor time of all threads; in both, that of their start. */
async function replayed(
  { kind, what, packets: all }: (typeof CAPTURES)[number],
  { isQuick }: BenchOptions,
): Promise<Figure[]> {
  const folder = workFolder();
  try {
    const packets = isQuick ? all / 2 : all;
    const file = join(folder, 'capture.pcap');
    execFileSync(program('make_capture'), [kind, String(packets), '1', file]);
    const doors = posternDoors(folder);
    const cpu: number[][] = [[], []];
    const run = (count: 1 | 2) => (): number => {
      const { wallNs, cpuNs } = replay(file, doors, count, packets);
      cpu[count - 1]!.push(cpuNs);
      return wallNs;
    };
    const [one, two] = await inTurns(isQuick ? 1 : 5, [run(1), run(2)]);
    const [oneCpu, twoCpu] = cpu.map((values) => spread(values.slice(1)));
    return [
      { ...figure(`replay, ${what}: wall time`, two!, one!), note: WITH_START },
      { ...figure(`replay, ${what}: processor time`, twoCpu!, oneCpu!), note: WITH_START },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function replay(
  file: string,
  doors: string,
  count: number,
  packets: number,
): { readonly wallNs: number; readonly cpuNs: number } {
  const args = [MAIN, 'replay', file, '-c', doors, '--json', '--workers', String(count)];
  const { lastLine, cpuSeconds } = timed([process.execPath, ...args]);
  const read = JSON.parse(lastLine) as { packets: number; elapsedSeconds: number };
  if (read.packets !== packets) throw new Error(`${read.packets} packets of ${packets}`);
  return {
    wallNs: (read.elapsedSeconds * 1e9) / packets,
    cpuNs: (cpuSeconds * 1e9) / packets,
  };
}

/** Two cores can't hold a generator and two workers that are busy: so what counts is the processor time. */
async function flooded(
  { kind, what }: (typeof FLOODS)[number],
  { isQuick, log }: BenchOptions,
): Promise<Figure[]> {
  const lost = new Map<Said, number>();
  const run = (said: Said) => async (): Promise<number> => {
    const cost = await flood(kind, said, isQuick ? 2 : 6);
    const name = said ?? 'nothing said of workers';
    log(`${name}, ${kind}: ${cost.cpuNs.toFixed(1)} ns a packet, ${cost.lost} lost`);
    lost.set(said, (lost.get(said) ?? 0) + cost.lost);
    return cost.cpuNs;
  };
  const all = [undefined, 'workers = 1', 'workers = 2'] as const;
  const [unsaid, one, two] = await inTurns(isQuick ? 1 : 3, all.map(run), isQuick ? 0 : 1);
  const note = `lost: ${lost.get('workers = 2')} with two, ${lost.get('workers = 1')} with one`;
  const asUnsaid = figure(`live, ${what}: processor time with \`workers = 1\``, one!, unsaid!);
  const rival = { ...asUnsaid.rival!, name: 'nothing said of workers' };
  return [
    { ...asUnsaid, rival },
    { ...figure(`live, ${what}: processor time`, two!, one!), note },
  ];
}

/** The line of the configuration, if there is one. */
type Said = 'workers = 1' | 'workers = 2' | undefined;

async function flood(
  kind: string,
  said: Said,
  seconds: number,
): Promise<{ readonly cpuNs: number; readonly lost: number }> {
  const folder = workFolder();
  await using pair = new Pair();
  try {
    const doors = posternDoors(folder, said === undefined ? [] : [said]);
    const args = ['run', '--json', '-i', pair.serverInterface, '-c', doors];
    const child = await pair.daemon('listening', process.execPath, MAIN, ...args);
    const send = (forSeconds: number, seed: string): Promise<string> => {
      const rate = ['0', String(forSeconds), seed];
      return pair.run(pair.client, program('flood'), pair.clientInterface, kind, ...rate);
    };
    await send(1, '7');
    await sleep(300);
    const before = processUsage(child.pid!);
    const { sent } = JSON.parse(await send(seconds, '1')) as { sent: number };
    await sleep(300);
    const after = processUsage(child.pid!);
    const { lost } = await countsAtEnd(child);
    return { lost, cpuNs: ((after.cpuSeconds - before.cpuSeconds) * 1e9) / sent };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const WITH_START = 'the start of the threads is in it';

type Spread = ReturnType<typeof spread>;

function figure(what: string, two: Spread, one: Spread): Figure {
  return {
    what,
    unit: 'ns/packet',
    ours: two.median,
    noise: two.noise,
    rival: { name: 'one worker', value: one.median, noise: one.noise },
    ratio: one.median / two.median,
  };
}
