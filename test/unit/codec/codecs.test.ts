import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { codecsOf } from '../../../src/codec/codecs.ts';
import { UsedKnocks } from '../../../src/codec/used-knocks.ts';
import { TestMatcher } from '../../support/decide.ts';
import { ME, NOW, sealedDoor, sealedPorts, sent } from '../../support/sealed.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-codecs-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a codec', () => {
  it.each([
    [0, 'refuse 0: early'],
    [3600, 'open'],
  ])('judges by the wall clock, which is %i s ahead of the packets’', (shift, outcome) => {
    const keyFile = join(folder, 'keys');
    writeFileSync(keyFile, `alice ${'07'.repeat(32)}\n`, { mode: 0o600 });
    const door = sealedDoor({ keyFile });
    const codecOf = codecsOf([door], new UsedKnocks(undefined), () => shift);
    const matcher = new TestMatcher([door], { codecOf });
    const packets = sent(sealedPorts(door), NOW - 3600);
    expect(matcher.decide(packets)).toEqual([`${ME} ssh ${outcome}`]);
  });
});
