import { describe, expect, it } from 'vitest';
import { Tuple, type Frame } from '../../../src/source/fallback/frame.ts';
import { walkIp } from '../../../src/source/fallback/ip.ts';
import { isSupported, walkLink } from '../../../src/source/fallback/link.ts';
import { TRAIT } from '../../../src/tuple/batch.ts';
import { pcap } from '../../support/capture.ts';
import { corpus, CORPUS_MISSING } from '../../support/corpus.ts';
import { framesOf } from '../../support/frames-of.ts';
import { readCapture } from '../../support/read-capture.ts';

/** Bytes of header that a tuple needs, by protocol. */
const NEEDED: Readonly<Record<number, number>> = { 1: 4, 6: 20, 17: 8, 58: 4 };
const FRAMES_PER_FILE = 40;

describe.skipIf(CORPUS_MISSING !== undefined)(
  `every prefix of every public frame (R-03)${CORPUS_MISSING === undefined ? '' : ` (skipped: ${CORPUS_MISSING})`}`,
  () => {
    it('is answered, and a cut header is never a tuple', async () => {
      let cuts = 0;
      for (const { path } of corpus()) {
        const frames = framesOf(path)
          .filter(({ bytes }) => bytes.byteLength <= 256)
          .slice(0, FRAMES_PER_FILE);
        for (const [linkType, group] of byLinkType(frames)) cuts += await tryCuts(group, linkType);
      }
      expect(cuts).toBeGreaterThan(100_000);
    });
  },
);

function byLinkType(frames: readonly Frame[]): Map<number, Frame[]> {
  const groups = new Map<number, Frame[]>();
  for (const frame of frames) {
    if (!isSupported(frame.linkType)) continue;
    groups.set(frame.linkType, [...(groups.get(frame.linkType) ?? []), frame]);
  }
  return groups;
}

/** Reads all cuts of these frames in one file; the addon is built with sanitizers for this too. */
async function tryCuts(frames: readonly Frame[], linkType: number): Promise<number> {
  const cuts = frames.flatMap((frame) =>
    Array.from({ length: frame.bytes.byteLength + 1 }, (_, length) => ({ frame, length })),
  );
  const packets = cuts.map(({ frame: { bytes, originalLength }, length }) => ({
    bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, length),
    originalLength,
  }));
  const { rows, error } = await readCapture(pcap(packets, { linkType }));
  expect(error).toBeUndefined();
  expect(rows).toHaveLength(cuts.length);
  for (const [at, { frame, length }] of cuts.entries()) {
    const { traits, protocol } = rows[at]! as unknown as { traits: number; protocol: number };
    const isTuple = rows[at]!.ended === 'unwanted' || (traits & TRAIT.complete) !== 0;
    if (isTuple) expect(length).toBeGreaterThanOrEqual(transportOffset(frame) + NEEDED[protocol]!);
  }
  return cuts.length;
}

function transportOffset(frame: Frame): number {
  const tuple = new Tuple();
  const network = walkLink(frame, tuple);
  return (network && walkIp(frame, network, tuple))?.at ?? Infinity;
}
