import { isSupported } from './link.ts';
import {
  isWhole,
  slice,
  unsupportedLink,
  Unreadable,
  type Record,
  type RecordReader,
  type Window,
} from './record-reader.ts';

/** Classic pcap: either byte order, micro- or nanoseconds, and the modified form. */
export class PcapReader implements RecordReader {
  readonly interfaces: string[] = [];
  #header: FileHeader | undefined;

  static knows(magic: number): boolean {
    return MAGICS.has(magic) || MAGICS.has(swap(magic));
  }

  next(window: Window): Record | undefined {
    if (this.#header !== undefined) return readRecord(window, this.#header);
    if (!isWhole(window, FILE_HEADER_BYTES, 'file header')) return undefined;
    this.#header = readFileHeader(window);
    this.interfaces.push('');
    return { used: FILE_HEADER_BYTES };
  }
}

interface FileHeader {
  readonly isLittle: boolean;
  readonly nanosecondsPerTick: number;
  readonly recordHeaderBytes: number;
  readonly minorVersion: number;
  readonly linkType: number;
}

const FILE_HEADER_BYTES = 24;
const MICRO = 0xa1b2c3d4;
const NANO = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;
const MAGICS: ReadonlySet<number> = new Set([MICRO, NANO, MODIFIED]);
const MAX_CAPTURED_BYTES = 1 << 20;

function readFileHeader({ bytes, offset }: Window): FileHeader {
  const isLittle = !MAGICS.has(bytes.getUint32(0));
  const magic = bytes.getUint32(0, isLittle);
  const major = bytes.getUint16(4, isLittle);
  const minorVersion = bytes.getUint16(6, isLittle);
  if (major !== 2) {
    const reason = `pcap version ${major}.${minorVersion} is not supported`;
    throw new Unreadable('CAPTURE_NOT_A_CAPTURE', offset, reason);
  }
  const linkType = bytes.getUint32(20, isLittle) & 0xffff;
  if (!isSupported(linkType)) throw unsupportedLink(offset + 20, linkType);
  return {
    isLittle,
    nanosecondsPerTick: magic === NANO ? 1 : 1000,
    recordHeaderBytes: magic === MODIFIED ? 24 : 16,
    minorVersion,
    linkType,
  };
}

function readRecord(window: Window, header: FileHeader): Record | undefined {
  const { isLittle, nanosecondsPerTick, recordHeaderBytes, minorVersion, linkType } = header;
  const { bytes, offset } = window;
  if (!isWhole(window, recordHeaderBytes, 'record header')) return undefined;
  let captured = bytes.getUint32(8, isLittle);
  let originalLength = bytes.getUint32(12, isLittle);
  // Versions before 2.3 wrote the lengths the other way round, and 2.3 sometimes did.
  if (minorVersion < 3 || (minorVersion === 3 && captured > originalLength)) {
    [captured, originalLength] = [originalLength, captured];
  }
  if (captured > MAX_CAPTURED_BYTES) {
    const reason = `a record of ${captured} bytes, more than any frame has`;
    throw new Unreadable('CAPTURE_CORRUPT', offset, reason);
  }
  if (!isWhole(window, recordHeaderBytes + captured, 'record')) return undefined;
  const nanoseconds = Math.max(0, bytes.getInt32(4, isLittle)) * nanosecondsPerTick;
  const frame = {
    bytes: slice(bytes, recordHeaderBytes, captured),
    originalLength,
    linkType,
    interface: 0,
    seconds: bytes.getUint32(0, isLittle) + Math.floor(nanoseconds / 1e9),
    nanoseconds: nanoseconds % 1e9,
  };
  return { used: recordHeaderBytes + captured, frame };
}

function swap(word: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, word);
  return view.getUint32(0, true);
}
