import { join } from 'node:path';
import type { BenchCase, Figure } from '../bench-case.ts';
import { matchingNs, nsPerTuple } from '../ns-per-tuple.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { inTurns } from '../stats.ts';

const TUPLES = [
  { what: 'first knocks from random sources', port: 7000 },
  { what: 'a port of the door, but not the first, random sources', port: 8000 },
  { what: 'a port that nobody wants', port: 443 },
] as const;

/** What does the matcher itself cost a tuple? */
export const matcher: BenchCase = {
  name: 'matcher',
  question: 'What does the matcher cost a tuple, against a Map of objects and a bare table?',
  obstacle: () => undefined,
  async *run({ isQuick }) {
    const rounds = isQuick ? 1 : 3;
    const seconds = isQuick ? '0.5' : '2';
    for (const { what, port } of TUPLES) {
      const run = (who: string) => () => matchingNs(who, String(port), seconds);
      const [ours, theirs] = await inTurns(rounds, [run('ours'), run('map')], 0);
      yield {
        what,
        unit: 'ns/tuple',
        ours: ours!.median,
        noise: ours!.noise,
        rival: { name: 'Map of objects', value: theirs!.median, noise: theirs!.noise },
        ratio: theirs!.median / ours!.median,
      };
    }
    yield await bareTable(isQuick ? 1 : 5);
  },
};

/** By processor time: a table of 2^20 attempts, and as many tuples for either, each a new source. */
async function bareTable(rounds: number): Promise<Figure> {
  const name = 'C++ table with prefetch, no rules';
  const why = whyNot('bucket_table');
  const bare = (): number =>
    why === undefined ? nsPerTuple(program('bucket_table'), FLOOD) : Number.NaN;
  const [ours, theirs] = await inTurns(
    rounds,
    [() => nsPerTuple(process.execPath, GROWING, 'doors', '1', FLOOD), bare],
    0,
  );
  const figure = {
    what: 'a spoofed flood of first knocks, 2^20 attempts',
    unit: 'ns/tuple',
    ours: ours!.median,
    noise: ours!.noise,
    target: 'at most 4 times its time',
  };
  if (why !== undefined) return { ...figure, note: `${name}: ${why}` };
  const rival = { name, value: theirs!.median, noise: theirs!.noise };
  return { ...figure, rival, ratio: theirs!.median / ours!.median };
}

const FLOOD = '10000000';
const GROWING = join(ROOT, 'build/bench/subjects/growing.js');
