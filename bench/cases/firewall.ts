import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

/** What does an opening cost, one by one and in batches, against the least that a C program can do? */
export const firewall: BenchCase = {
  name: 'firewall',
  question: 'What does opening a door cost, against a bare C program?',
  obstacle: () => whyNoPair() ?? whyNot('nfnetlink_bare'),
  run: async ({ isQuick, log }) => {
    const figures: Figure[] = [];
    for (const preload of isQuick ? [0, 100_000] : [0, 1_000_000]) {
      const inSet = `in a set of ${preload}`;
      const runs = isQuick ? 3 : 5;
      const single = await compare(isQuick ? 10_000 : 50_000, 1, preload, runs);
      figures.push({
        what: `one opening, ${inSet}`,
        unit: 'us',
        ours: single.ours,
        rival: { name: 'bare C nfnetlink', value: single.theirs },
        ratio: single.theirs / single.ours,
        target: 'at most twice its time',
      });
      const bulk = await compare(isQuick ? 51_200 : 204_800, 256, preload, runs);
      figures.push({
        what: `openings a second in batches of 256, ${inSet}`,
        unit: '/s',
        ours: 1e6 / bulk.ours,
        rival: { name: 'bare C nfnetlink', value: 1e6 / bulk.theirs },
        ratio: bulk.theirs / bulk.ours,
        target: 'at least 0.6 of its rate',
      });
      log(`a set of ${preload}: done`);
    }
    return figures;
  },
};

/** A B A B ...; microseconds an opening, medians. */
async function compare(
  count: number,
  batch: number,
  preload: number,
  runs: number,
): Promise<{ ours: number; theirs: number }> {
  const ours: number[] = [];
  const theirs: number[] = [];
  const args = [String(count), String(batch), String(preload)];
  for (let run = 0; run < runs; run++) {
    ours.push(
      await measure(process.execPath, join(ROOT, 'build/bench/subjects/openings.js'), ...args),
    );
    theirs.push(await measure(program('nfnetlink_bare'), ...args));
  }
  return { ours: spread(ours).median, theirs: spread(theirs).median };
}

async function measure(command: string, ...args: string[]): Promise<number> {
  await using pair = new Pair();
  const text = await pair.run(pair.server, command, ...args);
  return (JSON.parse(text) as { usPerOpening: number }).usPerOpening;
}
