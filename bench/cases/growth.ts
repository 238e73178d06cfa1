import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { BenchCase, Figure, PlotLine } from '../bench-case.ts';
import { ROOT } from '../programs.ts';
import { inside } from '../rivals/openers.ts';
import { exponent, spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

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

/** How does the cost of a packet grow with doors, ports, sources, grants, batches? */
export const growth: BenchCase = {
  name: 'growth',
  question: 'How does the cost of a packet grow with doors, ports, sources and grants?',
  obstacle: () => undefined,
  async *run({ isQuick, log, draw }) {
    const rounds = isQuick ? 1 : 3;
    const tuples = isQuick ? 250_000 : 2_000_000;
    const time: PlotLine[] = [];
    const memory: PlotLine[] = [];
    for (const { kind, what, sizes } of GROWING) {
      const chosen = isQuick ? [sizes[0], sizes[2]] : sizes;
      const grown = chosen.map((size) => measure(kind, size, tuples, rounds));
      const its = grown.map((each) => each.nsPerTuple);
      time.push(line(what, chosen, its));
      const bytes = grown.map((each) => Math.max(1, each.residentBytes / 2 ** 20));
      memory.push(line(what, chosen, bytes));
      yield* figuresOf(what, chosen, its, bytes);
      log(
        `${what}: compiled in ${grown.map(({ compileMs }) => compileMs.toFixed(1)).join(', ')} ms`,
      );
    }
    if (whyNoPair() === undefined) {
      const sizes = isQuick ? GRANTS.slice(0, 2) : GRANTS;
      const us = [];
      for (const size of sizes) us.push(await opening(size, rounds));
      time.push(
        line(
          'grants (an opening)',
          sizes,
          us.map((each) => each * 1000),
        ),
      );
      yield* figuresOf(
        'grants (an opening)',
        sizes,
        us.map((each) => each * 1000),
      );
    }
    const x = { label: 'how many', isLogarithmic: true };
    draw({
      title: 'Time by size',
      x,
      y: { label: 'nanoseconds a tuple, or an opening', isLogarithmic: true },
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

function figuresOf(
  what: string,
  sizes: readonly number[],
  ns: readonly number[],
  mebibytes?: readonly number[],
): Figure[] {
  const from = sizes[0]!;
  const fitted = exponent(sizes.map((size, at) => [size, ns[at]!]));
  return sizes.slice(1).map((size, at) => ({
    what: `${size} ${what}`,
    unit: 'ns',
    ours: ns[at + 1]!,
    rival: { name: `with ${from}`, value: ns[0]! },
    note: `time grows as n^${fitted.toFixed(2)}${mebibytes === undefined ? '' : `, ${mebibytes[at + 1]!.toFixed(0)} MiB`}`,
  }));
}

function line(name: string, sizes: readonly number[], values: readonly number[]): PlotLine {
  const points = sizes.map((size, at) => [size, values[at]!] as const);
  return { name, points, exponent: exponent(points) };
}

function measure(kind: string, size: number, tuples: number, rounds: number): Grown {
  const subject = join(ROOT, 'build/bench/subjects/growing.js');
  const runs = Array.from({ length: rounds }, () => {
    // Each of these begins as many attempts as there are doors.
    const enough = kind === 'shared' ? Math.ceil(tuples / size) : tuples;
    const args = [subject, kind, String(size), String(enough)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Grown;
  });
  const median = (field: keyof Grown): number => spread(runs.map((each) => each[field])).median;
  return {
    nsPerTuple: median('nsPerTuple'),
    residentBytes: median('residentBytes'),
    compileMs: median('compileMs'),
  };
}

async function opening(preload: number, rounds: number): Promise<number> {
  const runs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await using pair = new Pair();
    const task = { netns: pair.server, openings: 20_000, batch: 1, preload };
    runs.push(inside(task, process.execPath, join(ROOT, 'build/bench/subjects/openings.js')));
  }
  return spread(runs).median;
}
