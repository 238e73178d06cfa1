import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileDoors } from '../../src/matcher/compile-doors.ts';
import type { Decision } from '../../src/matcher/decision.ts';
import { Matcher } from '../../src/matcher/matcher.ts';
import { parseConfiguration } from '../../src/config/load.ts';
import { openCapture } from '../../src/source/pcap.ts';

const FOLDER = join(import.meta.dirname, '../../../shared/pcaps');
const SCANS = existsSync(FOLDER)
  ? readdirSync(FOLDER).filter((file) => /^scan--.*\.pcap(ng)?$/.test(file))
  : ['none'];
const RISING = '[rising]\nsequence = 7001,7002,7003\nseq_timeout = 10\ntcpflags = syn\n';

describe.skipIf(!existsSync(FOLDER))('public captures of scans (need ../shared)', () => {
  it.each(SCANS)('R-23: %s opens no door with rising ports', async (name) => {
    const compiled = compileDoors(parseConfiguration(RISING, 'rising.conf').configuration!.doors);
    const matcher = new Matcher(compiled);
    const decisions: Decision[] = [];
    const capture = await openCapture(join(FOLDER, name), { interest: compiled.interest });
    for await (const batch of capture) {
      for (let row = 0; row < batch.length;) row = matcher.match(batch, decisions, row);
    }
    await capture.close();
    expect(decisions.filter(({ kind }) => kind === 'open')).toEqual([]);
  });
});
