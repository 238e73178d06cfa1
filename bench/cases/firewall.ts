import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { ROOT, whyNot } from '../programs.ts';
import { BARE, inside, LIBNFTABLES, SPAWNED, type OpeningTask } from '../rivals/openers.ts';
import type { Rival } from '../rivals/rival.ts';
import { inTurns } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

/** One setting: how many at once, into how large a set, and who is asked for the same. */
interface Setting {
  readonly batch: number;
  readonly preload: number;
  readonly openings: number;
  readonly rivals: readonly Rival<OpeningTask>[];
}

/** Whoever takes milliseconds an opening is asked for so many. */
const FEW = 200;

/** What does an opening cost, one by one and in batches, against the least that a C program can do, and against the tools? */
export const firewall: BenchCase = {
  name: 'firewall',
  question: 'What does opening a door cost, against a bare C program, libnftables and the tools?',
  obstacle: () => whyNoPair() ?? whyNot('nfnetlink_bare'),
  async *run({ isQuick, log, draw }) {
    const curve: (readonly [number, number])[] = [];
    for (const setting of isQuick ? QUICK : FULL) {
      const its = await compare(setting, isQuick);
      yield* its;
      log(`batches of ${setting.batch}, a set of ${setting.preload}: done`);
      if (setting.preload === 0) curve.push([setting.batch, its[0]!.ours]);
    }
    draw({
      title: 'One opening by size of the batch',
      x: { label: 'openings in a transaction', isLogarithmic: true },
      y: { label: 'microseconds an opening', isLogarithmic: false },
      lines: [{ name: 'Postern', points: curve }],
    });
  },
};

const BOTH = [BARE, LIBNFTABLES];

const FULL: readonly Setting[] = [
  { batch: 1, preload: 0, openings: 50_000, rivals: [...BOTH, ...SPAWNED] },
  { batch: 16, preload: 0, openings: 102_400, rivals: BOTH },
  { batch: 256, preload: 0, openings: 204_800, rivals: BOTH },
  { batch: 4096, preload: 0, openings: 204_800, rivals: BOTH },
  ...[10_000, 100_000, 1_000_000].flatMap((preload) => [
    { batch: 1, preload, openings: 50_000, rivals: [BARE] },
    { batch: 256, preload, openings: 204_800, rivals: [BARE] },
  ]),
];

const QUICK: readonly Setting[] = [
  { batch: 1, preload: 0, openings: 10_000, rivals: [BARE] },
  { batch: 256, preload: 100_000, openings: 51_200, rivals: [BARE] },
];

async function compare({ rivals, ...setting }: Setting, isQuick: boolean): Promise<Figure[]> {
  const there = rivals.filter(({ whyNot }) => whyNot() === undefined);
  const [ours, ...theirs] = await inTurns(
    isQuick ? 2 : 5,
    [
      () => alone((netns) => inside({ ...setting, netns }, process.execPath, SUBJECT)),
      ...there.map((rival) => () => alone((netns) => rival.run(task(rival, setting, netns)))),
    ],
    isQuick ? 0 : 1,
  );
  const what = `one opening, in batches of ${setting.batch}, in a set of ${setting.preload}`;
  const figure = { what, unit: 'us', ours: ours!.median, noise: ours!.noise };
  return rivals.map((rival): Figure => {
    const its = theirs[there.indexOf(rival)];
    if (its === undefined) return { ...figure, note: `${rival.name}: ${rival.whyNot()}` };
    const target = targetOf(rival, setting.batch);
    return {
      ...figure,
      rival: { name: rival.name, value: its.median, noise: its.noise },
      ratio: its.median / ours!.median,
      ...(target === undefined ? {} : { target }),
    };
  });
}

const SUBJECT = join(ROOT, 'build/bench/subjects/openings.js');

function task(
  rival: Rival<OpeningTask>,
  setting: Omit<OpeningTask, 'netns'>,
  netns: string,
): OpeningTask {
  return { ...setting, netns, ...(SPAWNED.includes(rival) ? { openings: FEW } : {}) };
}

function targetOf({ name }: Rival<OpeningTask>, batch: number): string | undefined {
  if (name === BARE.name)
    return batch === 1 ? 'at most twice its time' : 'at least 0.6 of its rate';
  if (name === LIBNFTABLES.name && batch >= 256) return '4 times';
  return name === 'nft, spawned each time' ? '500 times' : undefined;
}

async function alone(run: (netns: string) => number): Promise<number> {
  await using pair = new Pair();
  return run(pair.server);
}
