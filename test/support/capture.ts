import { concat } from './frame.ts';

/** A packet for a capture file. */
export interface CapturePacket {
  readonly bytes: Uint8Array;
  /** Default 0. */
  readonly seconds?: number | bigint;
  readonly nanoseconds?: number;
  readonly originalLength?: number;
}

export interface PcapOptions {
  readonly linkType?: number;
  readonly isBig?: boolean;
  readonly isNano?: boolean;
  /** With the longer record headers of 0xa1b2cd34. */
  readonly isModified?: boolean;
  readonly version?: readonly [number, number];
}

/** A classic pcap file. */
export function pcap(packets: readonly CapturePacket[], options: PcapOptions = {}): Uint8Array {
  const { isBig = false, isNano = false, isModified = false } = options;
  const { linkType = 1, version = [2, 4] } = options;
  const write = writer(isBig);
  const magic = isModified ? 0xa1b2cd34 : isNano ? 0xa1b23c4d : 0xa1b2c3d4;
  const records = packets.map(({ bytes, seconds = 0, nanoseconds = 0, originalLength }) =>
    concat(
      write.u32(Number(seconds)),
      write.u32(isNano ? nanoseconds : Math.floor(nanoseconds / 1000)),
      write.u32(bytes.length),
      write.u32(originalLength ?? bytes.length),
      isModified ? new Uint8Array(8) : new Uint8Array(),
      bytes,
    ),
  );
  return concat(
    write.u32(magic),
    write.u16(version[0]),
    write.u16(version[1]),
    write.u32(0),
    write.u32(0),
    write.u32(262144),
    write.u32(linkType),
    ...records,
  );
}

/** Blocks of a pcapng file in one byte order. */
export class PcapngWriter {
  readonly #write: Writer;

  constructor(isBig = false) {
    this.#write = writer(isBig);
  }

  section(options: readonly Option[] = []): Uint8Array {
    const { u16, u32 } = this.#write;
    const unknownLength = concat(u32(0xffff_ffff), u32(0xffff_ffff));
    const body = [u32(0x1a2b3c4d), u16(1), u16(0), unknownLength, this.#options(options)];
    return this.block(0x0a0d0d0a, concat(...body));
  }

  interface(
    linkType = 1,
    options: { name?: string; resolution?: number; offset?: bigint; snapLength?: number } = {},
  ): Uint8Array {
    const { u16, u32, u64 } = this.#write;
    const { name, resolution, offset, snapLength = 0 } = options;
    const list: Option[] = [];
    if (name !== undefined) list.push([2, new TextEncoder().encode(name)]);
    if (resolution !== undefined) list.push([9, Uint8Array.of(resolution)]);
    if (offset !== undefined) list.push([14, u64(offset)]);
    return this.block(1, concat(u16(linkType), u16(0), u32(snapLength), this.#options(list)));
  }

  packet(
    bytes: Uint8Array,
    ticks = 0n,
    interfaceId = 0,
    originalLength = bytes.length,
  ): Uint8Array {
    const { u32 } = this.#write;
    const time = concat(u32(Number(ticks >> 32n)), u32(Number(ticks & 0xffff_ffffn)));
    const lengths = concat(u32(bytes.length), u32(originalLength));
    return this.block(6, concat(u32(interfaceId), time, lengths, bytes));
  }

  obsoletePacket(bytes: Uint8Array, ticks = 0n, interfaceId = 0): Uint8Array {
    const { u16, u32 } = this.#write;
    const time = concat(u32(Number(ticks >> 32n)), u32(Number(ticks & 0xffff_ffffn)));
    const lengths = concat(u32(bytes.length), u32(bytes.length));
    return this.block(2, concat(u16(interfaceId), u16(0), time, lengths, bytes));
  }

  simplePacket(bytes: Uint8Array, originalLength = bytes.length): Uint8Array {
    return this.block(3, concat(this.#write.u32(originalLength), bytes));
  }

  /** Any block: type, padded body, both lengths. */
  block(type: number, body: Uint8Array): Uint8Array {
    const { u32 } = this.#write;
    const padded = concat(body, new Uint8Array(-body.length & 3));
    const length = u32(padded.length + 12);
    return concat(u32(type), length, padded, length);
  }

  #options(options: readonly Option[]): Uint8Array {
    const { u16 } = this.#write;
    const bytes = options.map(([code, value]) =>
      concat(u16(code), u16(value.length), value, new Uint8Array(-value.length & 3)),
    );
    return options.length === 0 ? new Uint8Array() : concat(...bytes, u16(0), u16(0));
  }
}

export type Option = readonly [code: number, value: Uint8Array];

interface Writer {
  u16(value: number): Uint8Array;
  u32(value: number): Uint8Array;
  u64(value: bigint): Uint8Array;
}

function writer(isBig: boolean): Writer {
  const make = (size: number, set: (view: DataView) => void): Uint8Array => {
    const view = new DataView(new ArrayBuffer(size));
    set(view);
    return new Uint8Array(view.buffer);
  };
  return {
    u16: (value) => make(2, (view) => view.setUint16(0, value, !isBig)),
    u32: (value) => make(4, (view) => view.setUint32(0, value, !isBig)),
    u64: (value) => make(8, (view) => view.setBigInt64(0, value, !isBig)),
  };
}
