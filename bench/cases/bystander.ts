import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { POSTERN } from '../rivals/daemons.ts';
import { inTurns, type Spread } from '../stats.ts';
import { whyNoPair } from '../workload/pair.ts';
import {
  nobody,
  ourTaps,
  prepared,
  senderNs,
  TAPS,
  type Prepare,
} from '../workload/sender-cost.ts';

/** What does somebody else's packet cost the host, because we are there? */
export const bystander: BenchCase = {
  name: 'bystander',
  question: 'What does a packet that is none of ours cost the host?',
  obstacle: () => whyNoPair() ?? whyNot('flood') ?? whyNot('bare_taps') ?? whyNot('udp_echo'),
  async *run({ isQuick }) {
    const turns = isQuick
      ? { rounds: 1, warmUps: 0, seconds: 0.5 }
      : { rounds: 5, warmUps: 1, seconds: 2 };
    yield* await taps(turns, 'acks', 'an ACK that no door wants');
    if (!isQuick) yield* await taps(turns, 'others', 'a SYN that no door wants');
    yield* await guard(turns);
    if (!isQuick) yield* await echo(turns);
  },
};

interface Turns {
  readonly rounds: number;
  readonly warmUps: number;
  /** Of each flood. */
  readonly seconds: number;
}

async function taps(turns: Turns, kind: string, what: string): Promise<Figure[]> {
  const { rounds, warmUps, seconds } = turns;
  const flood = (prepare: Prepare) => () => senderNs(prepare, kind, seconds);
  const bare: Prepare = (pair) =>
    pair.daemon('listening', program('bare_taps'), 'ptns0', String(TAPS));
  const [none, theirs, three, many] = await inTurns(
    rounds,
    [flood(nobody), flood(bare), flood(ourTaps(3)), flood(ourTaps(1000))],
    warmUps,
  );
  const tap = ({ median }: Spread): number => (median - none!.median) / TAPS;
  return [
    { ports: 'three ports', its: three!, target: 'at most 60 ns more' },
    { ports: 'a thousand ports', its: many!, target: '' },
  ].map(({ ports, its, target }) => ({
    what: `${what}: kernel time in a tap for ${ports}`,
    unit: 'ns',
    ours: tap(its),
    noise: (its.noise * its.median) / TAPS / tap(its),
    rival: { name: 'a tap that rejects all', value: tap(theirs!) },
    ...(target === '' ? {} : { target }),
    note: `${(tap(its) - tap(theirs!)).toFixed(0)} ns more`,
  }));
}

async function guard({ rounds, warmUps, seconds }: Turns): Promise<Figure[]> {
  const flood = (prepare: Prepare) => () => senderNs(prepare, 'acks', seconds);
  const track: Prepare = (pair) =>
    pair.run(
      pair.server,
      'nft',
      'add table inet tracking; add chain inet tracking in { type filter hook input priority 0; }; add rule inet tracking in ct state established accept',
    );
  const chains: Prepare = (pair) => pair.daemon('listening', process.execPath, GUARDING);
  const [none, guard, daemon, tracked] = await inTurns(
    rounds,
    [
      flood(nobody),
      flood(chains),
      flood((pair, folder) => POSTERN.start(pair, folder)),
      flood(track),
    ],
    warmUps,
  );
  const more = ({ median }: Spread): number => median - none!.median;
  const rival = { name: 'connection tracking switched on', value: more(tracked!) };
  const note = `of ${none!.median.toFixed(0)} ns without either`;
  return [
    { what: 'an unguarded packet: the guard chains alone', its: guard! },
    { what: 'an unguarded packet, with the daemon attached: tap and guard chains', its: daemon! },
  ].map(({ what, its }) => {
    const noise = (its.noise * its.median) / more(its);
    return { what, unit: 'ns', ours: more(its), noise, rival, note };
  });
}

const GUARDING = join(ROOT, 'build/bench/subjects/guarding.js');

async function echo({ rounds, warmUps, seconds }: Turns): Promise<Figure[]> {
  const ask = (prepare: Prepare) => () =>
    prepared(prepare, async (pair) => {
      await pair.daemon('listening', program('udp_echo'), 'serve', '7777');
      const args = ['ask', '7777', String(seconds), pair.clientInterface];
      const text = await pair.run(pair.client, program('udp_echo'), ...args);
      return (JSON.parse(text) as { perSecond: number }).perSecond;
    });
  const [without, withUs] = await inTurns(
    rounds,
    [ask(nobody), ask((pair, folder) => POSTERN.start(pair, folder))],
    warmUps,
  );
  return [
    {
      what: 'UDP echo beside the daemon',
      unit: '/s',
      ours: withUs!.median,
      noise: withUs!.noise,
      rival: { name: 'without it', value: without!.median, noise: without!.noise },
      ratio: withUs!.median / without!.median,
    },
  ];
}
