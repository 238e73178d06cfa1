import { native } from '../../src/native.ts';
import { concat } from './frame.ts';

/** A slot of a packet ring (TPACKET_V2) as the kernel fills it, but for what is said otherwise. */
export interface SlotOptions {
  readonly frame: Uint8Array;
  /** Bytes of the slot. Default: just what the frame needs. */
  readonly size?: number;
  readonly status?: number;
  /** Where the frame begins. */
  readonly begin?: number;
  readonly captured?: number;
  readonly original?: number;
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly tag?: number;
  readonly ethertype?: number;
  readonly packetType?: number;
}

/** Bits of the status word, linux/if_packet.h. */
export const STATUS = { user: 1, vlanValid: 16, vlanTypeValid: 64 } as const;

/** Bytes of the kernel's header: tpacket2_hdr, and sockaddr_ll behind it. */
export const SLOT_HEADER = 52;
/** Where the kernel puts an Ethernet frame, so that its IP header is aligned. */
export const FRAME_BEGIN = 66;

export function ringSlot(options: SlotOptions): Uint8Array {
  const { frame, begin = FRAME_BEGIN } = options;
  const header = new Uint8Array(FRAME_BEGIN);
  const fields = new DataView(header.buffer);
  fields.setUint32(0, options.status ?? STATUS.user, true);
  fields.setUint32(4, options.original ?? frame.length, true);
  fields.setUint32(8, options.captured ?? frame.length, true);
  fields.setUint16(12, begin, true);
  fields.setUint32(16, options.seconds ?? 0, true);
  fields.setUint32(20, options.nanoseconds ?? 0, true);
  fields.setUint16(24, options.tag ?? 0, true);
  fields.setUint16(34, options.ethertype ?? 0x0800);
  fields.setUint8(42, options.packetType ?? 0);
  const bytes = concat(header, frame);
  const slot = new Uint8Array(options.size ?? bytes.length);
  slot.set(bytes.subarray(0, slot.length));
  return slot;
}

/** What the ring makes of a slot; see native/binding/slot.h. */
export interface SlotFrame {
  readonly bytes: Uint8Array;
  readonly originalLength: number;
  readonly linkType: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly tag?: number;
  readonly isOutgoing: boolean;
}

export function readSlot(slot: Uint8Array, link: 'ethernet' | 'network' = 'ethernet'): SlotFrame {
  const addon = native() as unknown as { readSlot(slot: Uint8Array, link: string): SlotFrame };
  return addon.readSlot(slot, link);
}
