import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { compileDoors, Matcher, type Decision, type Door } from 'postern';
import type { BenchCase, Figure } from '../bench-case.ts';
import { BENCH_DOOR } from '../bench-door.ts';
import { batchesOf, matchRate, type Match } from '../match-rate.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { spread } from '../stats.ts';

/** What does the matcher itself cost a tuple? */
export const matcher: BenchCase = {
  name: 'matcher',
  question: 'What does the matcher cost a tuple, against a Map of objects and a bare table?',
  obstacle: () => undefined,
  async *run({ isQuick }) {
    for (const { what, port } of [
      { what: 'first knocks from random sources', port: 7000 },
      { what: 'a port of the door, but not the first, random sources', port: 8000 },
      { what: 'a port that nobody wants', port: 443 },
    ]) {
      const batches = batchesOf(port);
      const seconds = isQuick ? 0.5 : 4;
      const ours = matchRate(ourMatcher(), batches, seconds);
      const value = matchRate(mapMatcher(), batches, seconds);
      const rival = { name: 'Map of objects', value };
      yield { what, unit: 'ns/tuple', ours, rival, ratio: value / ours };
    }
    yield bareTable(isQuick ? 1 : 5);
  },
};

/** Both in processes of their own and by processor time: a table of 2^20 attempts, each tuple a new source. */
function bareTable(rounds: number): Figure {
  const what = 'a spoofed flood of first knocks, 2^20 attempts';
  const subject = join(ROOT, 'build/bench/subjects/growing.js');
  const ns = (command: string, ...args: string[]): number =>
    (JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as { nsPerTuple: number })
      .nsPerTuple;
  const ours = spread(
    Array.from({ length: rounds }, () => ns(process.execPath, subject, 'doors', '1')),
  );
  const figure = { what, unit: 'ns/tuple', ours: ours.median, noise: ours.noise };
  const why = whyNot('bucket_table');
  if (why !== undefined) return { ...figure, note: why };
  const theirs = spread(
    Array.from({ length: rounds }, () => ns(program('bucket_table'), '10000000')),
  );
  return {
    ...figure,
    rival: { name: 'C++ table with prefetch, no rules', value: theirs.median, noise: theirs.noise },
    ratio: theirs.median / ours.median,
    target: 'at most 4 times its time',
  };
}

const DOOR: Door = {
  ...BENCH_DOOR,
  steps: [7000, 8000, 9000].map((port) => ({ protocol: 'tcp', port })),
  flags: { mask: 18, value: 2 },
};

function ourMatcher(): Match {
  const matching = new Matcher(compileDoors([DOOR]), { eventLinesPerSecond: 50 });
  const decisions: Decision[] = [];
  return (batch) => {
    matching.match(batch, decisions);
    const count = decisions.length;
    decisions.length = 0;
    return count;
  };
}

/** What one writes first: an object for each source, found by its address as text. Bounded, or it would not end. */
function mapMatcher(): Match {
  const attempts = new Map<string, { stage: number; since: number }>();
  return (batch) => {
    for (let row = 0; row < batch.length; row++) {
      const step = DOOR.steps.findIndex((step) => 'port' in step && step.port === batch.port[row]);
      if (step < 0) continue;
      const source = `${batch.source0[row]}.${batch.source1[row]}.${batch.source2[row]}.${batch.source3[row]}`;
      const attempt = attempts.get(source);
      if (attempt !== undefined && attempt.stage === step) attempt.stage++;
      else if (step === 0) attempts.set(source, { stage: 1, since: batch.seconds[row]! });
      if (attempts.size > 1_000_000) attempts.clear();
    }
    return attempts.size;
  };
}
