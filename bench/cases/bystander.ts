import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { workFolder } from '../doors.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { POSTERN } from '../rivals/daemons.ts';
import { inTurns, type Spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

/** So many taps at once: what one costs is the difference by their number. */
const TAPS = 8;

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

type Prepare = (pair: Pair, folder: string) => Promise<unknown>;

const nobody: Prepare = async () => undefined;

async function taps(turns: Turns, kind: string, what: string): Promise<Figure[]> {
  const { rounds, warmUps, seconds } = turns;
  const flood = (prepare: Prepare) => () => senderNs(prepare, kind, seconds);
  const script = join(ROOT, 'build/bench/subjects/taps.js');
  const ours = (ports: number): Prepare => {
    const args = [script, 'ptns0', String(TAPS), String(ports)];
    return (pair) => pair.daemon('listening', process.execPath, ...args);
  };
  const bare: Prepare = (pair) =>
    pair.daemon('listening', program('bare_taps'), 'ptns0', String(TAPS));
  const [none, theirs, three, many] = await inTurns(
    rounds,
    [flood(nobody), flood(bare), flood(ours(3)), flood(ours(1000))],
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
  const [none, daemon, tracked] = await inTurns(
    rounds,
    [flood(nobody), flood((pair, folder) => POSTERN.start(pair, folder)), flood(track)],
    warmUps,
  );
  return [
    {
      what: 'an unguarded packet, with the daemon attached: tap and guard chains',
      unit: 'ns',
      ours: daemon!.median - none!.median,
      noise: daemon!.noise,
      rival: {
        name: 'connection tracking switched on',
        value: tracked!.median - none!.median,
      },
      note: `of ${none!.median.toFixed(0)} ns without either`,
    },
  ];
}

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

/** Processor time of the sender a packet: that of the receiving softirq is in it, since it runs there. */
function senderNs(prepare: Prepare, kind: string, seconds: number): Promise<number> {
  return prepared(prepare, async (pair) => {
    const args = [pair.clientInterface, kind, '0', String(seconds), '1'];
    const text = await pair.run(pair.client, program('flood'), ...args);
    const { sent, cpuSeconds } = JSON.parse(text) as { sent: number; cpuSeconds: number };
    return (cpuSeconds * 1e9) / sent;
  });
}

async function prepared(prepare: Prepare, run: (pair: Pair) => Promise<number>): Promise<number> {
  const folder = workFolder();
  await using pair = new Pair();
  try {
    await prepare(pair, folder);
    return await run(pair);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
