import { describe, expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OneTimeSequences } from '../../../src/config/one-time-file.ts';
import type { Door } from '../../../src/door/door.ts';
import { PACKET_CLOCK } from '../../../src/engine/clock.ts';
import { Engine, type OneTime } from '../../../src/engine/engine.ts';
import { MatchHere } from '../../../src/engine/match-here.ts';
import { OneTimeDoors } from '../../../src/engine/one-time-doors.ts';
import { memoryFirewall } from '../../../src/firewall/memory.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';
import { Matcher } from '../../../src/matcher/matcher.ts';
import { memorySource, type MemoryTuple } from '../../../src/source/memory.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { door } from '../../support/door.ts';

const ME = '203.0.113.9';
const OTHER = '203.0.113.8';

/** SYNs from these sources to these ports, a millisecond apart. */
function syns(knocks: readonly (readonly [from: string, port: number])[]): MemoryTuple[] {
  return knocks.map(([from, port], at) => ({
    source: parseAddress(from)!,
    target: parseAddress('192.0.2.1')!,
    protocol: 'tcp',
    port,
    flags: 2,
    seconds: 1000,
    nanoseconds: at * 1e6,
  }));
}

/** What happened, and the file at each opening: one batch holds all packets. */
async function run(
  text: string,
  knocks: readonly (readonly [string, number])[],
  makeOneTime?: (real: OneTime) => OneTime,
): Promise<{ events: string[]; fileAtOpening: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-otp-'));
  const path = join(folder, 'sequences');
  writeFileSync(path, text);
  const steps = text.split('\n')[0]!.trim();
  const otp = door(steps, {
    name: 'otp',
    oneTimeSequences: path,
    open: [{ protocol: 'tcp', from: 22, to: 22 }],
    tripwireHoldSeconds: 0,
  });
  const doors: readonly Door[] = [otp];
  const matcher = new Matcher(compileDoors(doors), { maxAttempts: 1024 });
  using sequences = new OneTimeSequences(doors, { isDry: false });
  const real = new OneTimeDoors({
    doors,
    sequences,
    replace: (changed) => matcher.replaceDoors(compileDoors(changed)),
  });
  const memory = memoryFirewall();
  const fileAtOpening: string[] = [];
  const apply = memory.apply.bind(memory);
  const firewall = Object.assign(memory, {
    apply: (...args: Parameters<typeof apply>) => {
      fileAtOpening.push(readFileSync(path, 'utf8'));
      return apply(...args);
    },
  });
  const events: string[] = [];
  await new Engine({
    matching: new MatchHere(memorySource(syns(knocks)), matcher),
    firewall,
    clock: PACKET_CLOCK,
    oneTime: makeOneTime?.(real) ?? real,
    report: (event) => {
      if (event.event === 'open') events.push(`${event.source} open`);
      if (event.event === 'refuse') events.push(`${event.source} ${event.reason}`);
    },
  }).run();
  rmSync(folder, { recursive: true });
  return { events, fileAtOpening };
}

describe('a door with one-time sequences', () => {
  it('is opened after its sequence was marked, and asks for the next one from the next packet on', async () => {
    const { events, fileAtOpening } = await run(' 7000,8000\n 7100,8100\n', [
      [ME, 7000],
      [ME, 8000],
      [ME, 7000],
      [ME, 8000],
      [OTHER, 7100],
      [OTHER, 8100],
      [OTHER, 7100],
      [OTHER, 8100],
    ]);
    expect(events).toEqual([`${ME} open`, `${OTHER} open`]);
    expect(fileAtOpening).toEqual(['#7000,8000\n 7100,8100\n', '#7000,8000\n#7100,8100\n']);
  });

  it('opens for one of two who knock the same sequence side by side', async () => {
    const { events } = await run(' 7000,8000\n 9000\n', [
      [ME, 7000],
      [OTHER, 7000],
      [ME, 8000],
      [OTHER, 8000],
    ]);
    expect(events).toEqual([`${ME} open`]);
  });

  it('stays shut where its sequence can’t be marked: no mark, no opening', async () => {
    const { events, fileAtOpening } = await run(' 7000\n', [[ME, 7000]], () => ({
      spend: () => ({ refusal: 'the disk is full' }),
    }));
    expect(events).toEqual([`${ME} the disk is full`]);
    expect(fileAtOpening).toEqual([]);
  });
});
