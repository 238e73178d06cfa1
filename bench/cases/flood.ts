import type { BenchCase } from '../bench-case.ts';
import { whyNot } from '../programs.ts';
import { KNOCKD_NFT, POSTERN, type Daemon } from '../rivals/daemons.ts';
import { quantile } from '../stats.ts';
import { whyNoPair } from '../workload/pair.ts';
import { knockUnderFlood, type KnocksAnswered } from '../workload/under-flood.ts';

const FLOODS = [
  { kind: 'knocks', rate: 100_000, what: '100,000 spoofed first knocks a second' },
  {
    kind: 'knocks',
    rate: 500_000,
    what: '500,000 spoofed first knocks a second',
    target: '20 of 20, 19 if the ring drops',
  },
  { kind: 'knocks', rate: 1_000_000, what: '1,000,000 spoofed first knocks a second' },
  { kind: 'match', rate: 500_000, what: '500,000 wrong ports a second' },
  { kind: 'repeats', rate: 500_000, what: '500,000 repeated first knocks a second' },
] as const;

/** Who still gets in, and how soon, while strangers flood the knock ports? */
export const flood: BenchCase = {
  name: 'flood',
  question: 'Who still gets in while strangers flood the knock ports?',
  obstacle: () => whyNoPair() ?? whyNot('flood') ?? whyNot('knock_latency'),
  async *run({ isQuick }) {
    const rounds = isQuick ? 10 : 20;
    for (const each of isQuick ? FLOODS.slice(1, 2) : FLOODS) {
      const ours = await knock(POSTERN, each, rounds);
      const why = KNOCKD_NFT.whyNot();
      const theirs = why === undefined ? await knock(KNOCKD_NFT, each, rounds) : undefined;
      yield {
        what: `knocks that open under ${each.what}`,
        unit: `of ${rounds}`,
        ours: ours.latenciesUs.length,
        ...(theirs === undefined
          ? {}
          : { rival: { name: KNOCKD_NFT.name, value: theirs.latenciesUs.length } }),
        ...('target' in each ? { target: each.target } : {}),
        note: `${Math.round(ours.floodRate / 1000)},000 a second were sent, p50 ${quantile(ours.latenciesUs, 0.5).toFixed(0)} us${why === undefined ? '' : `; ${why}`}`,
      };
    }
  },
};

function knock(
  daemon: Daemon,
  { kind, rate }: { readonly kind: string; readonly rate: number },
  rounds: number,
): Promise<KnocksAnswered> {
  return knockUnderFlood({ daemon, rounds, until: 'element', flood: { kind, rate } });
}
