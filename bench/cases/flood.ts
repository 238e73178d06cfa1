import type { BenchCase } from '../bench-case.ts';
import { whyNot } from '../programs.ts';
import { KNOCKD_NFT, POSTERN, type Counts, type Daemon } from '../rivals/daemons.ts';
import { quantile } from '../stats.ts';
import { whyNoPair } from '../workload/pair.ts';
import { Knocked, type KnocksAnswered } from '../workload/under-flood.ts';

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
        note: [
          `${Math.round(ours.floodRate).toLocaleString('en')} a second were sent`,
          soonest(ours),
          `${ours.counts.lost} packets dropped`,
          theirs === undefined
            ? `${KNOCKD_NFT.name}: ${why}`
            : `${KNOCKD_NFT.name}: ${soonest(theirs)}`,
        ].join(', '),
      };
    }
  },
};

async function knock(
  daemon: Daemon,
  flood: { readonly kind: string; readonly rate: number },
  rounds: number,
): Promise<KnocksAnswered & { readonly counts: Counts }> {
  await using knocked = await Knocked.start(daemon);
  const answered = await knocked.knock({ rounds, until: 'element', flood });
  return { ...answered, counts: await knocked.end() };
}

function soonest({ latenciesUs }: KnocksAnswered): string {
  const us = (q: number): string => quantile(latenciesUs, q).toFixed(0);
  return latenciesUs.length === 0 ? 'none opened' : `p50 ${us(0.5)} us, max ${us(1)} us`;
}
