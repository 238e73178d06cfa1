import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, Figure } from '../bench-case.ts';
import { workFolder } from '../doors.ts';
import { matchingNs } from '../ns-per-tuple.ts';
import { processUsage } from '../process-usage.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { countsAtEnd } from '../rivals/daemons.ts';
import { inTurns } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

const MIB = 2 ** 20;
const KNOCKS = 20;
const RATE = 500_000;

/** What do encoded knocks cost those who have no door for them, and who gets in amid garbage on their span? */
export const encoded: BenchCase = {
  name: 'encoded',
  question:
    'Who gets in by an encoded knock while strangers flood its span, and what does it take?',
  obstacle: () => whyNoPair() ?? whyNot('flood'),
  async *run({ isQuick, log }) {
    yield* await floodOfGarbage(isQuick ? 5 : KNOCKS, log);
    yield await besideSequences(isQuick ? 2 : 5, isQuick ? '0.5' : '2');
  },
};

/** Real knocks by the real client, one after the other, while random packets come to all ports of the span. */
async function floodOfGarbage(
  knocks: number,
  log: (line: string) => void,
): Promise<readonly Figure[]> {
  const folder = workFolder();
  await using pair = new Pair();
  try {
    const { doors, clientDoors } = sealedDoor(folder);
    const main = join(ROOT, 'dist/cli/main.js');
    const args = ['run', '--json', '-i', pair.serverInterface, '-c', doors];
    const daemon = await pair.daemon('listening', process.execPath, main, ...args);
    let opened = 0;
    daemon.stdout!.on('data', (chunk: Buffer) => {
      opened += chunk.toString().split('"event":"open"').length - 1;
    });
    await sleep(500);
    const before = processUsage(daemon.pid!);
    const until = new AbortController();
    const flooding = floodUntil(pair, until.signal);
    await sleep(1000);
    const client = join(ROOT, 'dist/cli/knock.js');
    for (let nth = 0; nth < knocks; nth++) {
      await pair.run(
        pair.client,
        process.execPath,
        client,
        '--doors',
        clientDoors,
        '--encode',
        'ssh',
      );
      await sleep(50);
    }
    until.abort();
    const { sent, seconds } = await flooding;
    await sleep(300);
    const after = processUsage(daemon.pid!);
    const { lost: dropped } = await countsAtEnd(daemon);
    log(`${Math.round(sent / seconds)} garbage packets a second were sent`);
    return [
      {
        what: `encoded knocks that open under ${RATE.toLocaleString('en')} random packets a second on 256 ports`,
        unit: `of ${knocks}`,
        ours: opened,
        target: 'at least 19 of 20',
        note: `${Math.round(sent / seconds / 1000)},000 a second were sent, ${dropped} lost; nobody else reads sealed knocks`,
      },
      {
        what: 'a random packet on the span: processor time, user and system',
        unit: 'ns',
        ours: ((after.cpuSeconds - before.cpuSeconds) * 1e9) / sent,
      },
      {
        what: 'growth of the daemon meanwhile',
        unit: 'MiB',
        ours: (after.residentBytes - before.residentBytes) / MIB,
        target: 'the configured queues',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** First knocks at a sequence door, with and without an encoded door beside it. */
async function besideSequences(rounds: number, seconds: string): Promise<Figure> {
  const folder = workFolder();
  try {
    const { doors } = sealedDoor(folder);
    const run =
      (...beside: string[]) =>
      () =>
        matchingNs('ours', '7000', seconds, ...beside);
    const [beside, alone] = await inTurns(rounds, [run(doors), run()], 0);
    return {
      what: 'a first knock of a sequence, beside an encoded door',
      unit: 'ns/tuple',
      ours: beside!.median,
      noise: beside!.noise,
      rival: { name: 'without an encoded door', value: alone!.median, noise: alone!.noise },
      ratio: alone!.median / beside!.median,
      target: 'no difference',
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Sent {
  readonly sent: number;
  readonly seconds: number;
}

/** Seconds of flood, one after the other, until it is told to end. */
async function floodUntil(pair: Pair, signal: AbortSignal): Promise<Sent> {
  let [sent, seconds] = [0, 0];
  for (let seed = 1; !signal.aborted; seed++) {
    const args = [pair.clientInterface, 'span', String(RATE), '1', String(seed)];
    const text = await pair.run(pair.client, program('flood'), ...args);
    const said = JSON.parse(text) as Sent;
    sent += said.sent;
    seconds += said.seconds;
  }
  return { sent, seconds };
}

/** A door for sealed knocks on 256 ports, for the daemon and for the client. */
function sealedDoor(folder: string): { doors: string; clientDoors: string } {
  const key = randomBytes(32).toString('hex');
  const keys = join(folder, 'keys');
  writeFileSync(keys, `alice ${key}\n`, { mode: 0o600 });
  const span = 'encoded = sealed\nspan = 40000-40255\n';
  const doors = join(folder, 'sealed.conf');
  const options = `[options]\nstate_folder = ${folder}/state\ncontrol_socket = none\n`;
  writeFileSync(doors, `${options}[ssh]\n${span}keys = ${keys}\nopen = tcp/22\nopen_for = 60s\n`);
  const clientDoors = join(folder, 'doors');
  writeFileSync(clientDoors, `[ssh]\nhost = 10.77.0.2\n${span}key = ${key}\n`, { mode: 0o600 });
  return { doors, clientDoors };
}
