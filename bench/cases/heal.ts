import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { program, ROOT, whyNot } from '../programs.ts';
import { spread } from '../stats.ts';
import { Pair, whyNoPair } from '../workload/pair.ts';

interface Healed {
  readonly healMs: number;
  readonly usPerGrant: number;
  readonly idleP50Us: number;
  readonly busyP50Us: number;
  readonly longestTurnMs: number;
  readonly alteredMs: number;
  readonly typedMs: number;
  readonly lookMs: number;
  readonly longestLookTurnMs: number;
  readonly endingDelayP99Ms: number;
}

/** The same by the bare C program. */
interface Refilled {
  readonly usPerOpening: number;
  readonly idleP50Us: number;
  readonly p50Us: number;
}

/** As many grants in one transaction as the firewall puts back in a turn. */
const CHUNK = '512';
/** Openings to compare with, and their pace: about that of the turns of a heal. */
const SINGLE = '300';
const PACE_US = '1000';

/** How long do grants take to come back after a flush, and who has to wait meanwhile? */
export const heal: BenchCase = {
  name: 'heal',
  question: 'How long do grants take to come back after a flush, and who waits meanwhile?',
  obstacle: () => whyNoPair() ?? whyNot('nfnetlink_bare'),
  async *run({ isQuick }) {
    const ours: Healed[] = [];
    const theirs: Refilled[] = [];
    for (let run = 0; run < (isQuick ? 1 : 5); run++) {
      const subject = join(ROOT, 'build/bench/subjects/healing.js');
      const single = [SINGLE, PACE_US];
      ours.push(await measure<Healed>(process.execPath, subject, '102400', '60000', ...single));
      const args = ['again', '102400', CHUNK, ...single];
      theirs.push(await measure<Refilled>(program('nfnetlink_bare'), ...args));
    }
    const median = (field: keyof Healed): number => spread(ours.map((each) => each[field])).median;
    const bare = (field: keyof Refilled): number =>
      spread(theirs.map((each) => each[field])).median;
    yield* [
      {
        what: '102,400 grants back after a flush',
        unit: 'ms',
        ours: median('healMs'),
        target: 'under 1 s',
      },
      {
        what: 'the same, a grant',
        unit: 'us',
        ours: median('usPerGrant'),
        rival: { name: 'bare C nfnetlink', value: bare('usPerOpening') },
        ratio: bare('usPerOpening') / median('usPerGrant'),
        target: 'at most 2 us over the kernel’s',
      },
      {
        what: 'one opening meanwhile, p50',
        unit: 'us',
        ours: median('busyP50Us'),
        rival: { name: 'idle, at the same pace', value: median('idleP50Us') },
        target: 'as when idle',
      },
      {
        what: 'the same by bare C, p50',
        unit: 'us',
        ours: bare('p50Us'),
        rival: { name: 'idle, at the same pace', value: bare('idleP50Us') },
      },
      { what: 'longest turn of the loop meanwhile', unit: 'ms', ours: median('longestTurnMs') },
      { what: 'a rule put before ours, until it is gone', unit: 'ms', ours: median('alteredMs') },
      { what: 'an element typed by hand, until it is gone', unit: 'ms', ours: median('typedMs') },
      { what: 'one whose time was changed, until it is right', unit: 'ms', ours: median('lookMs') },
      {
        what: 'longest turn of the loop in that look at all of them',
        unit: 'ms',
        ours: median('longestLookTurnMs'),
      },
      {
        what: '60,000 grants end within a second: delay of the loop, p99',
        unit: 'ms',
        ours: median('endingDelayP99Ms'),
        target: 'under 200 ms',
      },
    ];
  },
};

async function measure<T>(command: string, ...args: string[]): Promise<T> {
  await using pair = new Pair();
  return JSON.parse(await pair.run(pair.server, command, ...args)) as T;
}
