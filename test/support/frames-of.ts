import { readFileSync } from 'node:fs';
import type { Frame } from '../../src/source/fallback/frame.ts';
import { PcapReader } from '../../src/source/fallback/pcap-reader.ts';
import { PcapngReader } from '../../src/source/fallback/pcapng-reader.ts';

/** The frames of a capture file, as far as it can be read. */
export function framesOf(path: string): readonly Frame[] {
  const file = Uint8Array.from(readFileSync(path));
  const view = new DataView(file.buffer);
  const reader = view.getUint32(0) === PcapngReader.MAGIC ? new PcapngReader() : new PcapReader();
  const frames: Frame[] = [];
  try {
    for (let at = 0; ;) {
      const bytes = new DataView(file.buffer, at);
      const record = reader.next({ bytes, offset: at, isLast: true });
      if (record === undefined) return frames;
      if (record.frame !== undefined) frames.push(record.frame);
      at += record.used;
    }
  } catch {
    return frames;
  }
}
