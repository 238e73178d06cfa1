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

/** pcapng: sections in either byte order, interfaces with clocks of their own, three packet blocks. */
export class PcapngReader implements RecordReader {
  static readonly MAGIC = 0x0a0d0d0a;
  readonly interfaces: string[] = [];
  #isLittle = true;
  #section: Interface[] = [];

  next(window: Window): Record | undefined {
    if (!isWhole(window, BLOCK_OVERHEAD, 'block')) return undefined;
    const used = this.#blockLength(window);
    if (!isWhole(window, used, 'block')) return undefined;
    const { bytes, offset } = window;
    if (bytes.getUint32(used - 4, this.#isLittle) !== used) {
      throw corrupt(offset, 'a block whose two lengths differ');
    }
    const body = slice(bytes, 8, used - BLOCK_OVERHEAD);
    switch (bytes.getUint32(0, this.#isLittle)) {
      case PcapngReader.MAGIC:
        this.#readSection(body, offset);
        return { used };
      case BLOCK.interface:
        this.#readInterface(body, offset);
        return { used };
      case BLOCK.enhancedPacket:
        return {
          used,
          frame: this.#readPacket(body, offset, body.byteLength >= 4 ? this.#u32(body, 0) : 0),
        };
      case BLOCK.obsoletePacket:
        return {
          used,
          frame: this.#readPacket(
            body,
            offset,
            body.byteLength >= 2 ? body.getUint16(0, this.#isLittle) : 0,
          ),
        };
      case BLOCK.simplePacket:
        return { used, frame: this.#readSimplePacket(body, offset) };
      default:
        return { used };
    }
  }

  #blockLength({ bytes, offset }: Window): number {
    if (bytes.getUint32(0) === PcapngReader.MAGIC) {
      this.#isLittle = bytes.getUint32(8, true) === BYTE_ORDER_MAGIC;
      if (bytes.getUint32(8, this.#isLittle) !== BYTE_ORDER_MAGIC) {
        throw corrupt(offset, 'a section without a byte-order magic');
      }
    }
    const length = this.#u32(bytes, 4);
    if (length < BLOCK_OVERHEAD || length % 4 !== 0 || length > MAX_BLOCK_BYTES) {
      throw corrupt(offset, `a block length of ${length}`);
    }
    return length;
  }

  #readSection(body: DataView, offset: number): void {
    if (body.byteLength < 16) throw corrupt(offset, 'a section header that is too short');
    const major = body.getUint16(4, this.#isLittle);
    if (major !== 1) {
      const reason = `pcapng version ${major} is not supported`;
      throw new Unreadable('CAPTURE_NOT_A_CAPTURE', offset, reason);
    }
    this.#section = [];
    this.#options(body, 16, offset);
  }

  #readInterface(body: DataView, offset: number): void {
    if (body.byteLength < 8) throw corrupt(offset, 'an interface description that is too short');
    if (this.#section.length === MAX_INTERFACES) {
      throw corrupt(offset, 'more than 65,536 interfaces');
    }
    const options = this.#options(body, 8, offset);
    const name = options.get(OPTION.name);
    const resolution = options.get(OPTION.resolution);
    const shift = options.get(OPTION.offset);
    this.#section.push({
      linkType: body.getUint16(0, this.#isLittle),
      snapLength: this.#u32(body, 4),
      index: Math.min(this.interfaces.length, MAX_INTERFACES - 1),
      resolution: resolution && resolution.byteLength > 0 ? resolution.getUint8(0) : 6,
      offsetSeconds: shift && shift.byteLength >= 8 ? shift.getBigInt64(0, this.#isLittle) : 0n,
    });
    if (this.interfaces.length < MAX_INTERFACES) this.interfaces.push(name ? textOf(name) : '');
  }

  #readPacket(body: DataView, offset: number, interfaceId: number): Frame {
    if (body.byteLength < 20) throw corrupt(offset, 'a packet block that is too short');
    const ticks = (BigInt(this.#u32(body, 4)) << 32n) | BigInt(this.#u32(body, 8));
    const packet = { at: 20, captured: this.#u32(body, 12), originalLength: this.#u32(body, 16) };
    return this.#frame(body, offset, interfaceId, ticks, packet);
  }

  #readSimplePacket(body: DataView, offset: number): Frame {
    if (body.byteLength < 4) throw corrupt(offset, 'a packet block that is too short');
    const originalLength = this.#u32(body, 0);
    const snapLength = this.#section[0]?.snapLength || Infinity;
    const captured = Math.min(originalLength, body.byteLength - 4, snapLength);
    return this.#frame(body, offset, 0, 0n, { at: 4, captured, originalLength });
  }

  #frame(
    body: DataView,
    offset: number,
    interfaceId: number,
    ticks: bigint,
    packet: { at: number; captured: number; originalLength: number },
  ): Frame {
    const description = this.#section[interfaceId];
    if (description === undefined) {
      const reason = `a packet of interface ${interfaceId}, which the section does not describe`;
      throw corrupt(offset, reason);
    }
    const { linkType, index } = description;
    if (!isSupported(linkType)) throw unsupportedLink(offset, linkType);
    const { at, captured, originalLength } = packet;
    if (at + captured > body.byteLength) {
      throw corrupt(offset, `a packet of ${captured} bytes in a shorter block`);
    }
    const bytes = slice(body, at, captured);
    return { bytes, originalLength, linkType, interface: index, ...moment(ticks, description) };
  }

  #options(body: DataView, start: number, offset: number): Map<number, DataView> {
    const options = new Map<number, DataView>();
    for (let at = start; at + 4 <= body.byteLength;) {
      const code = body.getUint16(at, this.#isLittle);
      const length = body.getUint16(at + 2, this.#isLittle);
      if (code === OPTION.end) break;
      const padded = (length + 3) & ~3;
      if (at + 4 + padded > body.byteLength) {
        throw corrupt(offset, 'an option longer than its block');
      }
      options.set(code, slice(body, at + 4, length));
      at += 4 + padded;
    }
    return options;
  }

  #u32(bytes: DataView, at: number): number {
    return bytes.getUint32(at, this.#isLittle);
  }
}

type Frame = NonNullable<Record['frame']>;

interface Interface {
  readonly linkType: number;
  readonly snapLength: number;
  readonly index: number;
  readonly resolution: number;
  readonly offsetSeconds: bigint;
}

const BLOCK = { interface: 1, obsoletePacket: 2, simplePacket: 3, enhancedPacket: 6 };
const OPTION = { end: 0, name: 2, resolution: 9, offset: 14 };
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const BLOCK_OVERHEAD = 12;
const MAX_BLOCK_BYTES = 16 << 20;
const MAX_INTERFACES = 65536;
const MAX_NAME_BYTES = 256;

function moment(
  ticks: bigint,
  { resolution, offsetSeconds }: Interface,
): { seconds: number; nanoseconds: number } {
  const base = (resolution & 0x80) === 0 ? 10n : 2n;
  const perSecond = base ** BigInt(resolution & 0x7f);
  return {
    seconds: Number(BigInt.asIntN(64, ticks / perSecond + offsetSeconds)),
    nanoseconds: Number(((ticks % perSecond) * 1_000_000_000n) / perSecond),
  };
}

function textOf(bytes: DataView): string {
  const length = Math.min(bytes.byteLength, MAX_NAME_BYTES);
  return new TextDecoder().decode(new Uint8Array(bytes.buffer, bytes.byteOffset, length));
}

function corrupt(offset: number, reason: string): Unreadable {
  return new Unreadable('CAPTURE_CORRUPT', offset, reason);
}
