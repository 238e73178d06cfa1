import { setTimeout as sleep } from 'node:timers/promises';
import { rmSync } from 'node:fs';
import type { BenchCase, Figure } from '../bench-case.ts';
import { workFolder } from '../doors.ts';
import { processUsage } from '../process-usage.ts';
import { program, whyNot } from '../programs.ts';
import {
  KNOCKD,
  LOG_GROUP,
  NPM_CAP,
  POSTERN,
  TCPDUMP,
  type Counts,
  type Daemon,
} from '../rivals/daemons.ts';
import { spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

/** What one flood cost a daemon. */
interface Cost {
  readonly cpuNs: number;
  /** Of the sender's processor, which has the receiving softirq in it. */
  readonly senderNs: number;
  /** Packets that were sent to it, the first flood's too. */
  readonly offered: number;
  readonly counts: Counts;
}

/** As fast as the generator can. */
const ALL_IT_CAN = 0;
/** What all rivals keep up with: one that takes a whole processor and drops the rest seems to get cheaper. */
const BEARABLE = 250_000;

const WORKLOADS = [
  {
    kind: 'match',
    what: 'all match, 250,000 a second: processor time a packet, user and system',
    rate: BEARABLE,
    rivals: [KNOCKD, TCPDUMP, LOG_GROUP, NPM_CAP],
    targets: { [KNOCKD.name]: '15 times, none lost' },
  },
  {
    kind: 'mixed',
    what: 'one in a thousand matches: processor time a packet',
    rate: ALL_IT_CAN,
    rivals: [KNOCKD, TCPDUMP, LOG_GROUP, NPM_CAP],
  },
  {
    kind: 'acks',
    what: 'none matches: processor time a packet',
    rate: ALL_IT_CAN,
    rivals: [KNOCKD, TCPDUMP, LOG_GROUP, NPM_CAP],
  },
  {
    kind: 'match',
    what: 'all match, as many as can be sent: processor time a packet',
    rate: ALL_IT_CAN,
    rivals: [],
  },
  {
    kind: 'knocks',
    what: 'first knocks from random sources, as many as can be sent: processor time a packet',
    rate: ALL_IT_CAN,
    rivals: [],
  },
] as const satisfies readonly {
  kind: string;
  what: string;
  /** Packets a second. */
  rate: number;
  rivals: readonly Daemon[];
  targets?: Readonly<Record<string, string>>;
}[];

const QUICK: readonly string[] = ['match', 'acks'];

/** What does a packet cost the daemon's process, and whoever else would listen? */
export const live: BenchCase = {
  name: 'live',
  question: 'What does a packet on the wire cost the daemon?',
  obstacle: () => whyNoPair() ?? whyNot('flood'),
  async *run({ isQuick, log }) {
    const seconds = isQuick ? 2 : 6;
    const rounds = isQuick ? 1 : 3;
    const workloads = WORKLOADS.filter(({ kind }) => !isQuick || QUICK.includes(kind));
    for (const workload of workloads) {
      const rivals: readonly Daemon[] = isQuick ? workload.rivals.slice(0, 1) : workload.rivals;
      const measured = [measuredOf(POSTERN), ...rivals.map(measuredOf)] as const;
      for (let round = 0; round < rounds; round++) {
        for (const each of measured) {
          if (each.absent === undefined) await measure(each, { ...workload, seconds }, log);
        }
      }
      const targets = 'targets' in workload ? workload.targets : {};
      yield* compare(workload.what, measured, targets);
    }
  },
};

/** A daemon, and what its floods cost it. */
interface Measured {
  readonly daemon: Daemon;
  readonly costs: Cost[];
  /** Why there is nothing to tell of it. */
  absent?: string;
}

function measuredOf(daemon: Daemon): Measured {
  const absent = daemon.whyNot();
  return { daemon, costs: [], ...(absent === undefined ? {} : { absent }) };
}

/** A rival that does not live through its flood is told of as that. */
async function measure(
  each: Measured,
  flooding: Flood,
  log: (line: string) => void,
): Promise<void> {
  try {
    each.costs.push(await flood(each.daemon, flooding, log));
  } catch (error) {
    if (each.daemon === POSTERN) throw error;
    each.absent = `failed: ${(error as Error).message}`;
  }
}

function compare(
  what: string,
  [{ costs: ours }, ...rivals]: readonly [Measured, ...Measured[]],
  targets: Readonly<Record<string, string>>,
): Figure[] {
  const our = spread(ours.map(({ cpuNs }) => cpuNs));
  const note = noteOf(ours);
  const figure = { what, unit: 'ns', ours: our.median, noise: our.noise, note };
  if (rivals.length === 0) return [figure];
  return rivals.map(({ daemon: { name }, costs: theirs, absent }): Figure => {
    if (absent !== undefined) return { ...figure, note: `${note}; ${name}: ${absent}` };
    const their = spread(theirs.map(({ cpuNs }) => cpuNs));
    const target = targets[name];
    return {
      ...figure,
      rival: { name, value: their.median, noise: their.noise },
      ...(their.median > 0 ? { ratio: their.median / our.median } : {}),
      note: `${note}; ${name}: ${noteOf(theirs)}`,
      ...(target === undefined ? {} : { target }),
    };
  });
}

function noteOf(costs: readonly Cost[]): string {
  const ns = spread(costs.map(({ senderNs }) => senderNs)).median;
  const offered = costs.reduce((all, each) => all + each.offered, 0);
  const [received, lost] = (['received', 'lost'] as const).map((name) => {
    const sum = costs.reduce((all, { counts }) => all + (counts[name] ?? Number.NaN), 0);
    return `${name} ${Number.isNaN(sum) ? 'untold' : sum}`;
  });
  return `${received} of ${offered}, ${lost}; sender and softirq ${ns.toFixed(0)} ns`;
}

interface Flood {
  readonly kind: string;
  readonly rate: number;
  readonly seconds: number;
}

async function flood(
  daemon: Daemon,
  { kind, rate, seconds }: Flood,
  log: (line: string) => void,
): Promise<Cost> {
  const folder = workFolder();
  await using pair = new Pair();
  try {
    const { pid, end } = await daemon.start(pair, folder);
    const send = (forSeconds: number, seed: string): Promise<string> => {
      const args = [pair.clientInterface, kind, String(rate), String(forSeconds), seed];
      return pair.run(pair.client, program('flood'), ...args);
    };
    // A short one first: a daemon that runs for months is not judged by its first second.
    const first = JSON.parse(await send(1, '7')) as { sent: number };
    await sleep(300);
    const before = processUsage(pid);
    const text = await send(seconds, '1');
    await sleep(300);
    const after = processUsage(pid);
    const { sent, cpuSeconds } = JSON.parse(text) as { sent: number; cpuSeconds: number };
    const counts = await end();
    const cpuNs = ((after.cpuSeconds - before.cpuSeconds) * 1e9) / sent;
    const senderNs = (cpuSeconds * 1e9) / sent;
    log(
      `${daemon.name}, ${kind}: ${Math.round(sent / seconds)} packets/s offered, ${counts.received ?? 'unknown'} received, ${counts.lost ?? 'unknown'} lost, sender and softirq ${senderNs.toFixed(0)} ns a packet`,
    );
    return { counts, offered: first.sent + sent, cpuNs, senderNs };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
