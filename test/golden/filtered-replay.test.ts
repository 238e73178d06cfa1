import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MatchHere } from '../../dist/engine/match-here.js';
import { compileDoors } from '../../dist/matcher/compile-doors.js';
import { Matcher } from '../../dist/matcher/matcher.js';
import { openCapture } from '../../dist/source/pcap.js';
import { hasNative } from '../../src/native.ts';
import { compileFilter, runFilter } from '../support/bpf.ts';
import { pcap, type CapturePacket } from '../support/capture.ts';
import { corpus, CORPUS_MISSING } from '../support/corpus.ts';
import { framesOf } from '../support/frames-of.ts';
import { BUSY_DOORS, replayLines } from '../support/replay-lines.ts';

const ETHERNET = '1';
const COMPILED = compileDoors(BUSY_DOORS, { seed: '00112233445566778899aabbccddeeff' });

const missing = CORPUS_MISSING ?? (hasNative() ? undefined : 'the addon is not built');

/** Every packet of a capture of Ethernet frames. */
function packetsOf(file: string): CapturePacket[] {
  return framesOf(file).map(({ bytes, seconds, nanoseconds, originalLength }) => ({
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    seconds,
    nanoseconds,
    originalLength,
  }));
}

describe.skipIf(missing !== undefined)(
  `the kernel filter over captures${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let folder: string;
    beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'postern-filtered-'))));
    afterAll(() => rmSync(folder, { recursive: true }));

    async function replay(packets: readonly CapturePacket[]): Promise<string[]> {
      const file = join(folder, 'capture.pcap');
      writeFileSync(file, pcap(packets));
      await using source = await openCapture(file, { interest: COMPILED.interest });
      return await replayLines(new MatchHere(source, new Matcher(COMPILED)));
    }

    it('R-75: tells the same whether it is on or off', async () => {
      const program = compileFilter(COMPILED.interest, 'ethernet');
      let [captures, lines, kept, all] = [0, 0, 0, 0];
      for (const { file, path, linkTypes, refused } of corpus()) {
        if (linkTypes !== ETHERNET || refused) continue;
        const packets = packetsOf(path);
        const passed = packets.flatMap((packet) => {
          const length = runFilter(program, packet.bytes);
          return length === 0 ? [] : { ...packet, bytes: packet.bytes.subarray(0, length) };
        });
        const off = await replay(packets);
        expect(await replay(passed), file).toEqual(off);
        captures++;
        lines += off.length;
        kept += passed.length;
        all += packets.length;
      }
      console.info(`${captures} captures, ${kept} of ${all} packets kept, ${lines} lines`);
      expect(captures).toBeGreaterThan(50);
      expect(lines).toBeGreaterThan(500);
      expect(kept).toBeLessThan(all / 2);
    });
  },
);
