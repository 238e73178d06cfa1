import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { ROOT, whyNot } from '../programs.ts';
import {
  BARE,
  inside,
  LIBNFTABLES,
  SPAWNED,
  type Opened,
  type Opener,
  type OpeningTask,
} from '../rivals/openers.ts';
import { inTurns, spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

/** One setting: how many at once, into how large a set, and who is asked for the same. */
interface Setting {
  readonly batch: number;
  readonly preload: number;
  readonly openings: number;
  readonly rivals: readonly Opener[];
}

/** Whoever takes milliseconds an opening is asked for so many batches, but not for more openings. */
const FEW = { batches: 200, openings: 8192 };

/** What does an opening cost, one by one and in batches, against the least that a C program can do, and against the tools? */
export const firewall: BenchCase = {
  name: 'firewall',
  question: 'What does opening a door cost, against a bare C program, libnftables and the tools?',
  obstacle: () => whyNoPair() ?? whyNot('nfnetlink_bare'),
  async *run({ isQuick, log, draw }) {
    const curves = new Map<number, (readonly [number, number])[]>();
    for (const setting of isQuick ? QUICK : FULL) {
      const its = await compare(setting, isQuick);
      yield* its;
      log(`batches of ${setting.batch}, a set of ${setting.preload}: done`);
      const curve = curves.get(setting.preload) ?? [];
      curves.set(setting.preload, [...curve, [setting.batch, its[0]!.ours]]);
    }
    draw({
      title: 'One opening by size of the batch',
      x: { label: 'openings in a transaction', isLogarithmic: true },
      y: { label: 'microseconds an opening', isLogarithmic: false },
      lines: [...curves].map(([preload, points]) => ({ name: `in a set of ${preload}`, points })),
    });
  },
};

const BATCHES = [1, 16, 256, 4096] as const;
const PRELOADS = [0, 10_000, 100_000, 1_000_000] as const;

const [INTERACTIVE, NFT, IPTABLES] = SPAWNED;

const FULL: readonly Setting[] = PRELOADS.flatMap((preload) =>
  BATCHES.map((batch) => ({
    batch,
    preload,
    openings: batch === 1 ? 50_000 : batch === 16 ? 102_400 : 204_800,
    rivals: [
      BARE,
      LIBNFTABLES,
      ...(batch === 1 || preload === 0 ? [NFT!] : []),
      // It reads all sets for the answer that it is waited for by: minutes an opening with large ones.
      ...(preload === 0 ? [INTERACTIVE!] : []),
      // It has rules and no sets, and takes one at a time.
      ...(batch === 1 && preload === 0 ? [IPTABLES!] : []),
    ],
  })),
);

const QUICK: readonly Setting[] = [
  { batch: 1, preload: 0, openings: 10_000, rivals: [BARE] },
  { batch: 256, preload: 100_000, openings: 51_200, rivals: [BARE] },
];

async function compare({ rivals, ...setting }: Setting, isQuick: boolean): Promise<Figure[]> {
  const there = rivals.filter(({ whyNot }) => whyNot() === undefined);
  const openers: readonly ((netns: string) => Opened)[] = [
    (netns) => inside({ ...setting, netns }, process.execPath, SUBJECT),
    ...there.map((rival) => (netns: string) => rival.run(task(rival, setting, netns))),
  ];
  const isFilled = setting.preload > 0;
  const warmUps = isQuick || isFilled ? 0 : 1;
  const cpu: number[][] = openers.map(() => []);
  const [ours, ...theirs] = await inTurns(
    isQuick ? 2 : isFilled ? 3 : 5,
    openers.map((open, at) => async () => {
      const { usPerOpening, cpuUsPerOpening } = await alone(open);
      cpu[at]!.push(cpuUsPerOpening);
      return usPerOpening;
    }),
    warmUps,
  );
  const cpuUs = cpu.map((values) => spread(values.slice(warmUps)).median);
  const what = `one opening, in batches of ${setting.batch}, in a set of ${setting.preload}`;
  const perSecond = (us: number): string => `${Math.round(1e6 / us).toLocaleString('en')} a second`;
  const own = `${perSecond(ours!.median)}, ${cpuUs[0]!.toFixed(2)} us of processor time`;
  const figure = { what, unit: 'us', ours: ours!.median, noise: ours!.noise };
  return rivals.map((rival): Figure => {
    const at = there.indexOf(rival);
    const its = theirs[at];
    if (its === undefined) return { ...figure, note: `${own}; ${rival.name}: ${rival.whyNot()}` };
    const target = targetOf(rival, setting.batch);
    return {
      ...figure,
      rival: { name: rival.name, value: its.median, noise: its.noise },
      ratio: its.median / ours!.median,
      note: `${own}; ${rival.name}: ${perSecond(its.median)}, ${cpuUs[at + 1]!.toFixed(2)} us`,
      ...(target === undefined ? {} : { target }),
    };
  });
}

const SUBJECT = join(ROOT, 'build/bench/subjects/openings.js');

function task(rival: Opener, setting: Omit<OpeningTask, 'netns'>, netns: string): OpeningTask {
  const few = Math.min(setting.batch * FEW.batches, FEW.openings);
  return { ...setting, netns, ...(SPAWNED.includes(rival) ? { openings: few } : {}) };
}

function targetOf({ name }: Opener, batch: number): string | undefined {
  if (name === BARE.name)
    return batch === 1 ? 'at most twice its time' : 'at least 0.6 of its rate';
  if (name === LIBNFTABLES.name && batch >= 256) return '4 times';
  return name === NFT!.name && batch === 1 ? '500 times' : undefined;
}

async function alone(run: (netns: string) => Opened): Promise<Opened> {
  await using pair = new Pair();
  return run(pair.server);
}
