import type { BenchCase, Figure } from '../bench-case.ts';
import { whyNot } from '../programs.ts';
import { KNOCKD_IPTABLES, KNOCKD_NFT, POSTERN, type Daemon } from '../rivals/daemons.ts';
import { quantile, spread } from '../stats.ts';
import { whyNoPair } from '../workload/pair.ts';
import { Knocked, type Knocks } from '../workload/under-flood.ts';

/** What stops the clock, and who can be asked: iptables has no set whose elements the kernel tells of. */
const ENDS = [
  { until: 'element', what: 'last knock to the set element', rivals: [KNOCKD_NFT] },
  {
    until: 'answer',
    what: 'last knock to the first SYN-ACK',
    rivals: [KNOCKD_NFT, KNOCKD_IPTABLES],
  },
] as const;

const LOADS: readonly { readonly what: string; readonly flood?: Knocks['flood'] }[] = [
  { what: 'idle' },
  { what: '100,000 other packets a second', flood: { kind: 'acks', rate: 100_000 } },
  { what: '500,000 other packets a second', flood: { kind: 'acks', rate: 500_000 } },
];

const IDLE_TARGETS: Readonly<Record<string, string>> = { p50: '150 times', p99: '25 times' };

const QUANTILES = { p50: 0.5, p99: 0.99, max: 1 } as const;

interface Setting {
  readonly what: string;
  readonly until: Knocks['until'];
  readonly flood: Knocks['flood'];
  readonly rivals: readonly Daemon[];
  readonly targets: Readonly<Record<string, string>>;
}

const SETTINGS: readonly Setting[] = ENDS.flatMap(({ until, what, rivals }) =>
  LOADS.map(({ what: load, flood }) => ({
    what: `${what}, ${load}`,
    until,
    flood,
    rivals,
    targets: until === 'element' && flood === undefined ? IDLE_TARGETS : {},
  })),
);

/** How soon after the last knock is the door open, as the kernel and as the client see it? */
export const latency: BenchCase = {
  name: 'latency',
  question: 'How soon after the last knock is the door open?',
  obstacle: () => whyNoPair() ?? whyNot('knock_latency') ?? whyNot('flood'),
  async *run({ isQuick, log, draw }) {
    for (const setting of isQuick ? SETTINGS.slice(0, 1) : SETTINGS) {
      const turns = isQuick
        ? { count: 2, ours: 50, theirs: 10 }
        : { count: 4, ours: 100, theirs: 15 };
      const there = setting.rivals.filter(({ whyNot }) => whyNot() === undefined);
      const [ours, ...theirs] = await inTurns([POSTERN, ...there], setting, turns, log);
      for (const rival of setting.rivals) {
        const its = theirs[there.indexOf(rival)];
        yield* compare(setting, ours!, rival, its);
      }
      draw({
        title: `${setting.what}: share of knocks that are answered by then`,
        x: { label: 'microseconds', isLogarithmic: true },
        y: { label: 'share of knocks', isLogarithmic: false },
        lines: [ours!, ...theirs]
          .filter(({ all }) => all.length > 0)
          .map(({ name, all }) => ({ name, points: distribution(all) })),
      });
    }
  },
};

interface Latencies {
  readonly name: string;
  /** Microseconds of each turn, ascending. */
  readonly turns: readonly (readonly number[])[];
  /** Of all of them, ascending. */
  readonly all: readonly number[];
}

/** All daemons stand at once, each in a network of its own, and are knocked at in turn: A B A B. */
async function inTurns(
  daemons: readonly Daemon[],
  { what, until, flood }: Setting,
  {
    count,
    ours,
    theirs,
  }: { readonly count: number; readonly ours: number; readonly theirs: number },
  log: (line: string) => void,
): Promise<readonly Latencies[]> {
  const turns: (readonly number[])[][] = daemons.map(() => []);
  const knocked: Knocked[] = [];
  try {
    for (const daemon of daemons) knocked.push(await Knocked.start(daemon));
    for (let turn = 0; turn < count; turn++) {
      for (const [at, each] of knocked.entries()) {
        const rounds = each.daemon === POSTERN ? ours : theirs;
        const { latenciesUs, lost, floodRate } = await each.knock({ rounds, until, flood });
        turns[at]!.push(latenciesUs);
        const beside = flood === undefined ? '' : `, ${Math.round(floodRate)} other packets/s sent`;
        log(`${each.daemon.name}, ${what}: ${latenciesUs.length} opened, ${lost} lost${beside}`);
      }
    }
  } finally {
    for (const each of knocked) await each[Symbol.asyncDispose]();
  }
  return daemons.map(({ name }, at) => {
    const all = turns[at]!.flat().sort((a, b) => a - b);
    return { name, turns: turns[at]!, all };
  });
}

function compare(
  { what, targets }: Setting,
  ours: Latencies,
  rival: Daemon,
  theirs: Latencies | undefined,
): Figure[] {
  return Object.entries(QUANTILES).map(([label, q]): Figure => {
    const target = targets[label];
    const figure = {
      what: `${what}, ${label}`,
      unit: 'us',
      ours: quantile(ours.all, q),
      noise: noiseOf(ours, q),
      ...(target === undefined ? {} : { target }),
    };
    if (theirs === undefined || theirs.all.length === 0) {
      return { ...figure, note: `${rival.name}: ${rival.whyNot() ?? 'opened nothing'}` };
    }
    const value = quantile(theirs.all, q);
    return {
      ...figure,
      rival: { name: rival.name, value, noise: noiseOf(theirs, q) },
      ratio: value / figure.ours,
    };
  });
}

/** By how much a quantile differs from turn to turn. */
function noiseOf({ turns }: Latencies, q: number): number {
  return spread(turns.filter((each) => each.length > 0).map((each) => quantile(each, q))).noise;
}

function distribution(sorted: readonly number[]): readonly (readonly [number, number])[] {
  return sorted.map((us, at) => [us, (at + 1) / sorted.length] as const);
}
