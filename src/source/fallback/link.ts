import { has, type Frame, type Tuple } from './frame.ts';

/** Where the IP header begins, and of which version the link header says it is. */
export interface Network {
  readonly at: number;
  readonly version: 4 | 6 | 'either';
}

/** Link types that can be read, as capture files number them. */
export function isSupported(linkType: number): boolean {
  return linkType in WALKS;
}

/** Skips the link header and the tags, labels and session headers behind it. */
export function walkLink(frame: Frame, tuple: Tuple): Network | undefined {
  return WALKS[frame.linkType]!(frame.bytes, tuple);
}

type Walk = (bytes: DataView, tuple: Tuple) => Network | undefined;

const WALKS: Readonly<Record<number, Walk>> = {
  0: loopback,
  1: ethernet,
  9: ppp,
  12: () => ({ at: 0, version: 'either' }),
  14: () => ({ at: 0, version: 'either' }),
  101: () => ({ at: 0, version: 'either' }),
  108: loopback,
  113: (bytes, tuple) => cooked(bytes, tuple, { length: 16, type: 14, sender: 1 }),
  228: () => ({ at: 0, version: 4 }),
  229: () => ({ at: 0, version: 6 }),
  276: (bytes, tuple) => cooked(bytes, tuple, { length: 20, type: 0, sender: 10 }),
};

const MAX_LAYERS = 8;
const PACKET_OUTGOING = 4;
const AF_INET = 2;
/** Linux, Windows, NetBSD and OpenBSD, FreeBSD, Darwin. */
const AF_INET6 = [10, 23, 24, 28, 30];

function loopback(bytes: DataView, tuple: Tuple): Network | undefined {
  if (!has(bytes, 0, 4)) return tuple.refuse('cutLink');
  const big = bytes.getUint32(0);
  const family = big <= 0xffff ? big : bytes.getUint32(0, true);
  if (family === AF_INET) return { at: 4, version: 4 };
  return AF_INET6.includes(family) ? { at: 4, version: 6 } : tuple.refuse('notIp');
}

function ethernet(bytes: DataView, tuple: Tuple): Network | undefined {
  if (!has(bytes, 0, 14)) return tuple.refuse('cutLink');
  return ethertypes(bytes, 14, bytes.getUint16(12), tuple);
}

function cooked(
  bytes: DataView,
  tuple: Tuple,
  header: { length: number; type: number; sender: number },
): Network | undefined {
  if (!has(bytes, 0, header.length)) return tuple.refuse('cutLink');
  // Version 1 has a 16-bit packet type whose first byte is 0.
  const isWide = header.length === 16;
  const sender = isWide ? bytes.getUint16(0) : bytes.getUint8(header.sender);
  if (sender === PACKET_OUTGOING) tuple.refuse('outgoing');
  return ethertypes(bytes, header.length, bytes.getUint16(header.type), tuple);
}

function ppp(bytes: DataView, tuple: Tuple): Network | undefined {
  const at = has(bytes, 0, 2) && bytes.getUint16(0) === 0xff03 ? 2 : 0;
  if (!has(bytes, at, 2)) return tuple.refuse('cutLink');
  const isShort = (bytes.getUint8(at) & 1) === 1;
  return isShort
    ? pppPayload(bytes.getUint8(at), at + 1, tuple)
    : pppPayload(bytes.getUint16(at), at + 2, tuple);
}

function pppPayload(protocol: number, at: number, tuple: Tuple): Network | undefined {
  if (protocol === 0x21) return { at, version: 4 };
  return protocol === 0x57 ? { at, version: 6 } : tuple.refuse('notIp');
}

function ethertypes(
  bytes: DataView,
  start: number,
  first: number,
  tuple: Tuple,
): Network | undefined {
  let at = start;
  let type = first;
  for (let layer = 0; layer <= MAX_LAYERS; layer++) {
    switch (type) {
      case 0x0800:
        return { at, version: 4 };
      case 0x86dd:
        return { at, version: 6 };
      case 0x8100:
      case 0x88a8:
      case 0x9100:
        if (!has(bytes, at, 4)) return tuple.refuse('cutLink');
        tuple.vlan ||= bytes.getUint16(at) & 0xfff;
        type = bytes.getUint16(at + 2);
        at += 4;
        break;
      case 0x8926: // VN-Tag
        if (!has(bytes, at, 6)) return tuple.refuse('cutLink');
        type = bytes.getUint16(at + 4);
        at += 6;
        break;
      case 0x8864: // PPPoE session
        if (!has(bytes, at, 8)) return tuple.refuse('cutLink');
        if (bytes.getUint16(at) !== 0x1100) return tuple.refuse('notIp');
        return pppPayload(bytes.getUint16(at + 6), at + 8, tuple);
      case 0x8847:
      case 0x8848: {
        if (!has(bytes, at, 5)) return tuple.refuse('cutLink');
        const isBottom = (bytes.getUint8(at + 2) & 1) === 1;
        at += 4;
        if (!isBottom) break;
        const nibble = bytes.getUint8(at) >> 4;
        if (nibble === 4 || nibble === 6) return { at, version: nibble };
        // A pseudowire's control word, and an Ethernet frame behind it.
        if (nibble !== 0) return tuple.refuse('notIp');
        if (!has(bytes, at, 18)) return tuple.refuse('cutLink');
        type = bytes.getUint16(at + 16);
        at += 18;
        break;
      }
      default:
        return tuple.refuse('notIp');
    }
  }
  return tuple.refuse('linkDepth');
}
