import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { workFolder } from '../doors.ts';
import { program, ROOT } from '../programs.ts';
import { Pair } from './pair.ts';

/** What stands on the server's side of a pair while others send. */
export type Prepare = (pair: Pair, folder: string) => Promise<unknown>;

export const nobody: Prepare = async () => undefined;

/** So many taps at once: what one costs is the difference by their number. */
export const TAPS = 8;

/** Rings of ours with the filter of doors that want so many ports. */
export function ourTaps(ports: number): Prepare {
  const script = join(ROOT, 'build/bench/subjects/taps.js');
  const args = [script, 'ptns0', String(TAPS), String(ports)];
  return (pair) => pair.daemon('listening', process.execPath, ...args);
}

/** Processor time of the sender a packet: that of the receiving softirq is in it, since it runs there. */
export function senderNs(prepare: Prepare, kind: string, seconds: number): Promise<number> {
  return prepared(prepare, async (pair) => {
    const args = [pair.clientInterface, kind, '0', String(seconds), '1'];
    const text = await pair.run(pair.client, program('flood'), ...args);
    const { sent, cpuSeconds } = JSON.parse(text) as { sent: number; cpuSeconds: number };
    return (cpuSeconds * 1e9) / sent;
  });
}

/** Runs something in a pair of its own, once all that is to stand there does. */
export async function prepared(
  prepare: Prepare,
  run: (pair: Pair) => Promise<number>,
): Promise<number> {
  const folder = workFolder();
  await using pair = new Pair();
  try {
    await prepare(pair, folder);
    return await run(pair);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
