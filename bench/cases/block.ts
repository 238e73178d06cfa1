import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

const RANGES = 100_000;

/** How long does a block list of 100,000 prefixes take, against the bare transaction? */
export const block: BenchCase = {
  name: 'block',
  question: 'How long does a block list of 100,000 prefixes take to load?',
  obstacle: () => whyNoPair() ?? whyNot('nfnetlink_bare'),
  async *run({ isQuick, log }) {
    for (const counters of ['0', '1']) {
      const ours: number[] = [];
      const theirs: number[] = [];
      const subject = join(ROOT, 'build/bench/subjects/listing.js');
      for (let run = 0; run < (isQuick ? 1 : 5); run++) {
        ours.push(await measure(process.execPath, subject, String(RANGES), counters));
        theirs.push(await measure(program('nfnetlink_bare'), 'ranges', String(RANGES), counters));
      }
      const [value, rival] = [spread(ours).median, spread(theirs).median];
      yield {
        what: `100,000 blocked prefixes loaded, ${counters === '1' ? 'each with a counter' : 'without counters'}`,
        unit: 'ms',
        ours: value,
        rival: { name: 'bare C nfnetlink', value: rival },
        ratio: rival / value,
        target: counters === '1' ? 'at most twice its time' : 'under 1 s',
      };
      log(`counters ${counters}: done`);
    }
  },
};

async function measure(command: string, ...args: string[]): Promise<number> {
  await using pair = new Pair();
  const text = await pair.run(pair.server, command, ...args);
  return (JSON.parse(text) as { ms: number }).ms;
}
