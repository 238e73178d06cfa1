import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../src/config/load.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import type { Decision } from '../../../src/matcher/decision.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import { openCapture } from '../../../src/source/pcap.ts';
import { formatAddress, parseAddress } from '../../../src/tuple/address.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/pcaps-recorded');
const isThere = existsSync(FOLDER);

/** Who gets in where we do better than 0.8: `door<-source` once for each time. Elsewhere we agree with it. */
const BETTER: Readonly<Record<string, readonly string[]>> = {
  'k08-double': ['tcponly<-10.77.0.1'],
  'k12-nmap-asc': [],
  'k15-two-sources': ['tcponly<-10.77.0.11', 'tcponly<-10.77.0.12'],
  'k16-flags': [],
  'k17-frag': [],
};

/** Where compat, too, differs: 0.8 forgets other people's attempts, and reads ports out of a cut header. */
const COMPAT: Readonly<Record<string, readonly string[]>> = {
  'k15-two-sources': BETTER['k15-two-sources']!,
  'k17-frag': [],
};

describe.skipIf(!isThere)('R-90 recorded knocks of real clients (needs ../shared)', () => {
  const captures = isThere ? verdicts() : [];

  it.each(captures)('$file: $what', async ({ file, name, knockd }) => {
    expect(await replay(file)).toEqual(BETTER[name] ?? knockd);
  });

  it.each(captures)('$file by the rules of 0.8', async ({ file, name, knockd }) => {
    expect(await replay(file, 'knockd')).toEqual(COMPAT[name] ?? knockd);
  });

  it.each(captures.filter(({ name }) => name === 'k06-knockport'))(
    '$file opens where on_wrong_port = ignore',
    async ({ file }) => {
      expect(await replay(file, undefined, 'ignore')).toEqual(['tcponly<-10.77.0.1']);
    },
  );
});

async function replay(
  file: string,
  compat?: 'knockd',
  onWrongPort: 'reset' | 'ignore' = 'reset',
): Promise<string[]> {
  const { configuration } = loadConfiguration(join(FOLDER, 'knockd.conf'), { compat });
  const doors = configuration!.doors.map((door) => ({ ...door, onWrongPort }));
  const compiled = compileDoors(doors, { compat, seed: 'recorded' });
  const matcher = new Matcher(compiled, { maxAttempts: 1 << 14 });
  matcher.setLocalAddresses(['10.77.0.2', 'fd77::2'].map((text) => parseAddress(text)!));
  const decisions: Decision[] = [];
  await using source = await openCapture(join(FOLDER, file), { interest: compiled.interest });
  for await (const batch of source) matcher.match(batch, decisions);
  return decisions
    .filter(({ kind }) => kind === 'open')
    .map(({ door, source: who }) => `${door.name}<-${formatAddress(who)}`)
    .sort();
}

function verdicts(): { file: string; name: string; what: string; knockd: string[] }[] {
  const lines = readFileSync(join(FOLDER, 'VERDICTS.tsv'), 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [file, what, , verdict] = line.split('\t') as [string, string, string, string];
    const [, who, times] = /^(.+)x(\d+)$/.exec(verdict) ?? [];
    const knockd = who === undefined ? [] : Array<string>(Number(times)).fill(who);
    return { file, name: file.split('.')[0]!, what, knockd };
  });
}
