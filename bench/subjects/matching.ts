import {
  compileDoors,
  largePages,
  loadConfiguration,
  Matcher,
  type Decision,
  type Door,
} from 'postern';
import { BENCH_DOOR } from '../bench-door.ts';
import { batchesOf, matchRate, type Match } from '../match-rate.ts';

/**
 * What matching a tuple takes by Benchmark.js, each from a source of its own:
 *   matching ours|map PORT SECONDS [DOORS]   ->   {"nsPerTuple":N}
 * DOORS: a file of doors that ours has beside its own.
 */
const [who, port, seconds, file] = process.argv.slice(2) as [string, string, string, string?];

const DOOR: Door = {
  ...BENCH_DOOR,
  steps: [7000, 8000, 9000].map((port) => ({ protocol: 'tcp', port })),
  flags: { mask: 18, value: 2 },
};

const match = who === 'map' ? mapMatcher() : ourMatcher();
const nsPerTuple = matchRate(match, batchesOf(Number(port)), Number(seconds));
console.log(JSON.stringify({ nsPerTuple }));

function ourMatcher(): Match {
  const options = { eventLinesPerSecond: 50, memory: largePages() };
  const beside = file === undefined ? [] : loadConfiguration(file).configuration!.doors;
  const matching = new Matcher(compileDoors([DOOR, ...beside]), options);
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
