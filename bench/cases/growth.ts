import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchCase, Figure, PlotLine } from '../bench-case.ts';
import { ROOT, whyNot } from '../programs.ts';
import { inside } from '../rivals/openers.ts';
import { exponent, inTurns, spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';
import { nobody, ourTaps, senderNs, TAPS } from '../workload/sender-cost.ts';

interface Grown {
  readonly nsPerTuple: number;
  readonly residentBytes: number;
  readonly compileMs: number;
}

/** What grows, and through which sizes. */
const GROWING = [
  { kind: 'doors', what: 'doors', sizes: [1, 10, 100, 1000, 10_000] },
  { kind: 'shared', what: 'doors that begin with one port', sizes: [1, 10, 100, 1000] },
  { kind: 'ports', what: 'ports wanted', sizes: [3, 30, 300, 3000, 10_000] },
  { kind: 'sources', what: 'sources pending', sizes: [1, 100, 10_000, 1_000_000, 10_000_000] },
  { kind: 'batch', what: 'tuples in a batch', sizes: [1, 16, 256, 4096, 65_536] },
] as const;

const GRANTS = [1, 1000, 100_000, 1_000_000] as const;

/** Ports of a kernel filter, no two of them beside one another. */
const FILTERED = [3, 30, 300, 3000, 10_000] as const;

/** How does the cost of a packet grow with doors, ports, sources, grants, batches? */
export const growth: BenchCase = {
  name: 'growth',
  question: 'How does the cost of a packet grow with doors, ports, sources and grants?',
  obstacle: () => undefined,
  async *run({ isQuick, log, draw, leaveOut }) {
    const rounds = isQuick ? 1 : 3;
    const tuples = isQuick ? 250_000 : 2_000_000;
    const time: PlotLine[] = [];
    const memory: PlotLine[] = [];
    const told = ({ what, sizes, ns, bytes }: Growth): Figure[] => {
      time.push(line(what, sizes, ns));
      if (bytes !== undefined) memory.push(line(what, sizes, bytes.map(mebibytes)));
      return figuresOf({ what, sizes, ns, bytes });
    };
    for (const { kind, what, sizes: all } of GROWING) {
      const sizes = isQuick ? [all[0], all[2]] : all;
      const grown = await measure(kind, sizes, tuples, rounds);
      const [ns, bytes] = (['nsPerTuple', 'residentBytes'] as const).map((field) =>
        grown.map((each) => each[field]),
      );
      yield* told({ what, sizes, ns: ns!, bytes });
      log(
        `${what}: compiled in ${grown.map(({ compileMs }) => compileMs.toFixed(1)).join(', ')} ms`,
      );
    }
    const why = whyNoPair() ?? whyNot('flood');
    if (why === undefined) {
      yield* told(await grants(isQuick ? GRANTS.slice(0, 2) : GRANTS, rounds));
      if (!isQuick) yield* told(await filters(rounds));
    } else {
      leaveOut('grants, and ports in the filter', why);
    }
    const x = { label: 'how many', isLogarithmic: true };
    draw({
      title: 'Time by size',
      x,
      y: {
        label: 'nanoseconds a tuple, an opening, or a packet in the filter',
        isLogarithmic: true,
      },
      lines: time,
    });
    draw({
      title: 'Memory by size',
      x,
      y: { label: 'MiB more than before', isLogarithmic: true },
      lines: memory,
    });
  },
};

/** What one thing costs as it grows. */
interface Growth {
  readonly what: string;
  readonly sizes: readonly number[];
  readonly ns: readonly number[];
  /** Of memory; absent where it is the kernel's. */
  readonly bytes?: readonly number[] | undefined;
}

function figuresOf({ what, sizes, ns, bytes }: Growth): Figure[] {
  const from = sizes[0]!;
  const power = (values: readonly number[]): string =>
    `n^${exponent(sizes.map((size, at) => [size, values[at]!])).toFixed(2)}`;
  const memory = bytes?.map(mebibytes);
  return sizes.slice(1).map((size, at) => ({
    what: `${size} ${what}`,
    unit: 'ns',
    ours: ns[at + 1]!,
    rival: { name: `with ${from}`, value: ns[0]! },
    note: `time grows as ${power(ns)}${memory === undefined ? '' : `; ${memory[at + 1]!.toFixed(0)} MiB, with ${from} ${memory[0]!.toFixed(0)}, as ${power(memory)}`}`,
  }));
}

/** At least one, for the logarithm. */
function mebibytes(bytes: number): number {
  return Math.max(1, bytes / 2 ** 20);
}

function line(name: string, sizes: readonly number[], values: readonly number[]): PlotLine {
  const points = sizes.map((size, at) => [size, values[at]!] as const);
  return { name, points, exponent: exponent(points) };
}

/** All sizes in turn, each in a process of its own. */
async function measure(
  kind: string,
  sizes: readonly number[],
  tuples: number,
  rounds: number,
): Promise<readonly Grown[]> {
  const subject = join(ROOT, 'build/bench/subjects/growing.js');
  const runs: Grown[][] = sizes.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [at, size] of sizes.entries()) {
      // Each of these begins as many attempts as there are doors.
      const enough = kind === 'shared' ? Math.ceil(tuples / size) : tuples;
      const args = [subject, kind, String(size), String(enough)];
      const text = execFileSync(process.execPath, args, { encoding: 'utf8' });
      runs[at]!.push(JSON.parse(text) as Grown);
    }
  }
  return runs.map((its) => {
    const median = (field: keyof Grown): number => spread(its.map((each) => each[field])).median;
    return {
      nsPerTuple: median('nsPerTuple'),
      residentBytes: median('residentBytes'),
      compileMs: median('compileMs'),
    };
  });
}

async function grants(sizes: readonly number[], rounds: number): Promise<Growth> {
  const subject = join(ROOT, 'build/bench/subjects/openings.js');
  const bytes: number[][] = sizes.map(() => []);
  const opening = async (preload: number, at: number): Promise<number> => {
    await using pair = new Pair();
    const task = { netns: pair.server, openings: 20_000, batch: 1, preload };
    const { usPerOpening, residentBytes } = inside(task, process.execPath, subject);
    bytes[at]!.push(residentBytes!);
    return usPerOpening;
  };
  const us = await inTurns(
    rounds,
    sizes.map((size, at) => () => opening(size, at)),
    0,
  );
  return {
    what: 'grants (an opening)',
    sizes,
    ns: us.map(({ median }) => median * 1000),
    bytes: bytes.map((its) => spread(its).median),
  };
}

/** What the kernel takes for a SYN that no door wants, in a tap with so many ports. */
async function filters(rounds: number): Promise<Growth> {
  const cost = (prepare: typeof nobody) => () => senderNs(prepare, 'others', 1);
  const [none, ...taps] = await inTurns(rounds, [
    cost(nobody),
    ...FILTERED.map((ports) => cost(ourTaps(ports))),
  ]);
  return {
    what: 'ports in the filter (the kernel, a SYN that no door wants)',
    sizes: FILTERED,
    ns: taps.map(({ median }) => Math.max(1, (median - none!.median) / TAPS)),
  };
}
