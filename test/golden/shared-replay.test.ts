import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKET_CLOCK } from '../../dist/engine/clock.js';
import { Engine } from '../../dist/engine/engine.js';
import { MatchHere } from '../../dist/engine/match-here.js';
import type { Matching } from '../../dist/engine/matching.js';
import { CaptureWorkers } from '../../dist/engine/workers/capture-workers.js';
import { memoryFirewall } from '../../dist/firewall/memory.js';
import { BlockedSources } from '../../dist/matcher/blocked-sources.js';
import { compileDoors } from '../../dist/matcher/compile-doors.js';
import { Matcher } from '../../dist/matcher/matcher.js';
import { jsonLine } from '../../dist/report/json.js';
import { openCapture } from '../../dist/source/pcap.js';
import { hasNative } from '../../src/native.ts';
import { corpus, CORPUS_MISSING } from '../support/corpus.ts';
import { door, ports } from '../support/door.ts';

const RECORDED = resolve(import.meta.dirname, '../../../shared/pcaps-recorded');
/** Ports that the captures are full of, with windows of which many are over. */
const DOORS = [
  door('80,443', { name: 'web', windowSeconds: 2, open: [ports('tcp/22')], openForSeconds: 1 }),
  door('53:udp,80', {
    name: 'names',
    windowSeconds: 5,
    open: [ports('tcp/23')],
    openForSeconds: 3,
  }),
  door('80,80', { name: 'twice', windowSeconds: 1, ignoreRepeats: false, onWrongPort: 'ignore' }),
  door('7001,8002:udp,9003', { name: 'ssh', windowSeconds: 5, open: [ports('tcp/24')] }),
  door('25,21', { name: 'old', windowSeconds: 1, open: [ports('tcp/26')] }),
];
const RULES = { seed: '00112233445566778899aabbccddeeff', watch: [{ from: 1, to: 65_535 }] };
const LIMITS = {
  scans: { ports: { count: 3, seconds: 10 }, failures: { count: 2, seconds: 60 } },
};
const NOBODY = new BlockedSources([], []);

type Run = Pick<Matching, 'run' | 'ignore' | 'stats'>;

/** All that a replay tells, the way it ended included. */
async function linesOf(matching: Run): Promise<string[]> {
  const lines: string[] = [];
  const firewall = memoryFirewall();
  await firewall.start(DOORS);
  const report = (event: Parameters<typeof jsonLine>[0]): void => {
    lines.push(jsonLine(event) ?? event.event);
  };
  try {
    await new Engine({ matching, firewall, report, doors: () => DOORS, clock: PACKET_CLOCK }).run();
  } catch (error) {
    lines.push(String(error));
  }
  return lines;
}

async function byOne(file: string): Promise<string[]> {
  const { interest, compiled } = compile();
  try {
    await using source = await openCapture(file, { interest });
    return await linesOf(new MatchHere(source, new Matcher(compiled, LIMITS)));
  } catch (error) {
    return [String(error)];
  }
}

function byMany(file: string, workers: number): Promise<string[]> {
  const { compiled } = compile();
  const doors = { doors: DOORS, rules: RULES, compiled };
  return linesOf(new CaptureWorkers({ workers, file, doors, matcher: LIMITS, blocked: NOBODY }));
}

function compile() {
  const compiled = compileDoors(DOORS, RULES);
  return { compiled, interest: compiled.interest };
}

describe.skipIf(CORPUS_MISSING !== undefined || !hasNative())(
  `a capture that two workers share${CORPUS_MISSING === undefined ? '' : ` (skipped: ${CORPUS_MISSING})`}`,
  () => {
    const recorded = readdirSync(RECORDED).filter((name) => name.endsWith('.pcap'));
    const files = [
      ...corpus().map(({ path }) => path),
      ...recorded.map((name) => join(RECORDED, name)),
    ];

    it('tells what one tells, line by line: all public and recorded captures', async () => {
      let lines = 0;
      for (const file of files) {
        const one = await byOne(file);
        // Threads take long to start: not for files that nothing can be told of.
        if (one.length > 0) expect(await byMany(file, 2), file).toEqual(one);
        lines += one.length;
      }
      expect(files.length).toBeGreaterThan(144);
      expect(lines).toBeGreaterThan(1500);
    }, 300_000);
  },
);
