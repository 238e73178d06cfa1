import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MatchHere } from '../../dist/engine/match-here.js';
import { CaptureWorkers } from '../../dist/engine/workers/capture-workers.js';
import { BlockedSources } from '../../dist/matcher/blocked-sources.js';
import { compileDoors } from '../../dist/matcher/compile-doors.js';
import { Matcher } from '../../dist/matcher/matcher.js';
import { openCapture } from '../../dist/source/pcap.js';
import { hasNative } from '../../src/native.ts';
import { corpus, CORPUS_MISSING } from '../support/corpus.ts';
import { BUSY_DOORS, replayLines } from '../support/replay-lines.ts';

const RECORDED = resolve(import.meta.dirname, '../../../shared/pcaps-recorded');
const RULES = { seed: '00112233445566778899aabbccddeeff', watch: [{ from: 1, to: 65_535 }] };
const LIMITS = {
  scans: { ports: { count: 3, seconds: 10 }, failures: { count: 2, seconds: 60 } },
};
const NOBODY = new BlockedSources([], []);

async function byOne(file: string): Promise<string[]> {
  const { interest, compiled } = compile();
  try {
    await using source = await openCapture(file, { interest });
    return await replayLines(new MatchHere(source, new Matcher(compiled, LIMITS)));
  } catch (error) {
    return [String(error)];
  }
}

function byMany(file: string, workers: number): Promise<string[]> {
  const { compiled } = compile();
  const doors = { doors: BUSY_DOORS, rules: RULES, compiled };
  return replayLines(
    new CaptureWorkers({ workers, file, doors, matcher: LIMITS, blocked: NOBODY }),
  );
}

function compile() {
  const compiled = compileDoors(BUSY_DOORS, RULES);
  return { compiled, interest: compiled.interest };
}

describe.skipIf(CORPUS_MISSING !== undefined || !hasNative())(
  `a capture that two workers share${CORPUS_MISSING === undefined ? '' : ` (skipped: ${CORPUS_MISSING})`}`,
  () => {
    it('tells what one tells, line by line: all public and recorded captures', async () => {
      const recorded = readdirSync(RECORDED).filter((name) => name.endsWith('.pcap'));
      const files = [
        ...corpus().map(({ path }) => path),
        ...recorded.map((name) => join(RECORDED, name)),
      ];
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
