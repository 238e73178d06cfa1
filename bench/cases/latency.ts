import type { BenchCase, Figure, PlotLine } from '../bench-case.ts';
import { whyNot } from '../programs.ts';
import { KNOCKD_IPTABLES, KNOCKD_NFT, POSTERN, type Daemon } from '../rivals/daemons.ts';
import { quantile } from '../stats.ts';
import { whyNoPair } from '../workload/pair.ts';
import { knockUnderFlood, type Knocks } from '../workload/under-flood.ts';

interface Setting {
  readonly what: string;
  readonly until: Knocks['until'];
  readonly flood?: Knocks['flood'];
  readonly rivals: readonly Daemon[];
  readonly targets?: Readonly<Record<string, string>>;
}

const SETTINGS: readonly Setting[] = [
  {
    what: 'last knock to the set element, idle',
    until: 'element',
    rivals: [KNOCKD_NFT],
    targets: { p50: '150 times', p99: '25 times' },
  },
  {
    what: 'last knock to the first SYN-ACK, idle',
    until: 'answer',
    rivals: [KNOCKD_NFT, KNOCKD_IPTABLES],
  },
  {
    what: 'last knock to the set element, 100,000 other packets a second',
    until: 'element',
    flood: { kind: 'acks', rate: 100_000 },
    rivals: [KNOCKD_NFT],
  },
  {
    what: 'last knock to the set element, 500,000 other packets a second',
    until: 'element',
    flood: { kind: 'acks', rate: 500_000 },
    rivals: [KNOCKD_NFT],
  },
];

const QUANTILES = { p50: 0.5, p99: 0.99, max: 1 } as const;

/** How soon after the last knock is the door open, as the kernel and as the client see it? */
export const latency: BenchCase = {
  name: 'latency',
  question: 'How soon after the last knock is the door open?',
  obstacle: () => whyNoPair() ?? whyNot('knock_latency'),
  async *run({ isQuick, log, draw }) {
    const lines: PlotLine[] = [];
    for (const setting of isQuick ? SETTINGS.slice(0, 1) : SETTINGS) {
      const ours = await measure(POSTERN, setting, isQuick ? 100 : 400, log);
      lines.push({
        name: setting.what.replace('last knock to the ', ''),
        points: distribution(ours),
      });
      for (const rival of setting.rivals) {
        const why = rival.whyNot();
        const theirs =
          why === undefined ? await measure(rival, setting, isQuick ? 20 : 60, log) : [];
        yield* compare(setting, ours, rival.name, theirs, why);
        if (why === undefined && setting === SETTINGS[0])
          lines.push({ name: rival.name, points: distribution(theirs) });
      }
    }
    draw({
      title: 'From the last knock to the open door: share of knocks that are answered by then',
      x: { label: 'microseconds', isLogarithmic: true },
      y: { label: 'share of knocks', isLogarithmic: false },
      lines,
    });
  },
};

async function measure(
  daemon: Daemon,
  { what, until, flood }: Setting,
  rounds: number,
  log: (line: string) => void,
): Promise<readonly number[]> {
  const knocks = { daemon, rounds, until, ...(flood === undefined ? {} : { flood }) };
  const { latenciesUs, lost, floodRate } = await knockUnderFlood(knocks);
  const beside = flood === undefined ? '' : `, ${Math.round(floodRate)} other packets/s sent`;
  log(`${daemon.name}, ${what}: ${latenciesUs.length} opened, ${lost} lost${beside}`);
  return latenciesUs;
}

function compare(
  { what, targets }: Setting,
  ours: readonly number[],
  name: string,
  theirs: readonly number[],
  why: string | undefined,
): Figure[] {
  return Object.entries(QUANTILES).map(([label, q]): Figure => {
    const target = targets?.[label];
    const [our, their] = [quantile(ours, q), quantile(theirs, q)];
    return {
      what: `${what}, ${label}`,
      unit: 'us',
      ours: our,
      ...(target === undefined ? {} : { target }),
      ...(theirs.length === 0
        ? { note: `${name}: ${why ?? 'opened nothing'}` }
        : { rival: { name, value: their }, ratio: their / our }),
    };
  });
}

function distribution(sorted: readonly number[]): readonly (readonly [number, number])[] {
  return sorted.map((us, at) => [us, (at + 1) / sorted.length] as const);
}
